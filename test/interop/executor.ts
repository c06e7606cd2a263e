import type { Observation } from "../model/observation.ts";
import type { Step } from "../model/play-sequence.ts";

/**
 * Anything that can run a command sequence and say what happened: the reference tree, `core`, a real server.
 * `run` is called once for each step in order. A step's `expected` is what the reference made of it; an executor looks
 * at it only where the command alone does not say what to do, and then its documentation says so.
 */
export interface Executor {
  run(step: Step): Promise<Observation> | Observation;
}
