import { Nemesis } from "../faults/nemesis.ts";
import { checkHistory } from "../history/index.ts";
import { createInvariants } from "../invariants/index.ts";
import { drawOptions, type Overrides } from "../world/options.ts";
import { World } from "../world/world.ts";
import { runLiveness } from "./liveness.ts";
import type { RunResult } from "./result.ts";

export interface RunOptions {
  readonly overrides?: Overrides;
  /** Whether to write the trace as text. */
  readonly isReadable?: boolean;
}

/** Cuts at which the dear invariants are looked at, in the safety phase. */
const AUDITS_MAX = 4;

/** One seed: a phase with faults, a phase without, and then what the clients have heard. */
export function runSeed(seed: number, { overrides = {}, isReadable = false }: RunOptions = {}): RunResult {
  const options = drawOptions(seed, overrides);
  const world = new World(options, createInvariants(), isReadable);
  if (isReadable) world.trace.line(0, JSON.stringify(options));
  const nemesis = new Nemesis(world);
  const dice = world.dice.fork("audits");
  const audits = new Set(Array.from({ length: dice.below(AUDITS_MAX + 1) }, () => dice.below(options.steps)));
  world.begin();
  nemesis.begin();
  while (world.steps < options.steps && world.runStep()) if (audits.has(world.steps)) world.audit();
  if (world.failure === null) {
    nemesis.stop();
    runLiveness(world);
  }
  if (world.failure === null) world.audit();
  if (world.failure === null) checkClients(world, (nemesis.counts.get("wall-jump") ?? 0) > 0);
  const { nowUs, steps, txns, operations, probes, trace, failure } = world;
  for (const [name, count] of world.network.counts) probes.set(name, count);
  return {
    seed,
    options,
    steps,
    virtualMs: nowUs / 1000,
    txns: txns.length,
    operations: operations.length,
    faults: nemesis.counts,
    strikes: nemesis.strikes,
    probes,
    traceHash: trace.hash,
    failure,
    trace: trace.lines,
  };
}

function checkClients(world: World, clocksDiffered: boolean): void {
  const { operations, notices, txns } = world;
  try {
    checkHistory({ operations, notices, txns, clocksDiffered });
  } catch (error) {
    world.fail(error, "history");
  }
}
