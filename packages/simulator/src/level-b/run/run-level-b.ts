import { LevelBNemesis } from "../faults/level-b-nemesis.ts";
import type { LevelBFault } from "../faults/level-b-faults.ts";
import {
  drawLevelB,
  type LevelBOptions,
  type LevelBOverrides,
  type LevelBWorkloadName,
} from "../world/level-b-options.ts";
import { type LevelBFailure, LevelBWorld } from "../world/level-b-world.ts";
import { guardPlatform } from "../world/platform-guard.ts";
import { Ensemble } from "./ensemble.ts";
import { runChecks, runHealing, runStops } from "./heal.ts";

export interface LevelBRunOptions {
  readonly overrides?: LevelBOverrides;
  /** What clients do. Default: "calls". */
  readonly workload?: LevelBWorkloadName;
  /** Whether to write the trace as text. */
  readonly isReadable?: boolean;
}

/** What one seed has come to. */
export interface LevelBResult {
  readonly seed: number;
  readonly workload: LevelBWorkloadName;
  readonly options: LevelBOptions;
  readonly steps: number;
  readonly virtualMs: number;
  readonly calls: number;
  readonly faults: ReadonlyMap<LevelBFault, number>;
  readonly probes: ReadonlyMap<string, number>;
  readonly traceHash: string;
  readonly failure: LevelBFailure | null;
  readonly trace: readonly string[];
}

/**
 * One seed: real peers under faults, then without, then what their clients were told. Whatever breaks in it is the result's failure.
 *
 * One run at a time in a thread, whose timers it guards. Rejects with RangeError if there is no such seed or option, and with
 * Error while another one runs.
 */
export async function runLevelB(
  seed: number,
  { overrides = {}, workload = "calls", isReadable = false }: LevelBRunOptions = {},
): Promise<LevelBResult> {
  const options = drawLevelB(seed, overrides, workload);
  const world = new LevelBWorld(options, isReadable);
  if (isReadable) world.trace.line(0, JSON.stringify(options));
  const guard = guardPlatform(world.dice.fork("ids").stream, (error) => world.fail(error));
  const ensemble = new Ensemble(world);
  const nemesis = new LevelBNemesis(ensemble);
  try {
    ensemble.begin();
    nemesis.begin();
    world.where = "faults";
    await world.run(options.faultTicks * options.timing.tickMs * 1000, () => false);
    nemesis.stop();
    world.say("HEALED");
    await runHealing(ensemble);
    if (world.failure === null) await runChecks(ensemble);
    if (world.failure === null) await runStops(ensemble);
  } catch (error) {
    world.fail(error);
  } finally {
    guard.end();
  }
  const { steps, nowMs: virtualMs, probes, trace, failure } = world;
  const { calls } = ensemble.notebook;
  const { hash: traceHash, lines } = trace;
  return {
    seed,
    workload,
    options,
    steps,
    virtualMs,
    calls: calls.length,
    faults: nemesis.counts,
    probes,
    traceHash,
    failure,
    trace: lines,
  };
}
