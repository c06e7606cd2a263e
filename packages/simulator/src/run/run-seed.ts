import { Nemesis } from "../faults/nemesis.ts";
import { checkHistory } from "../history/index.ts";
import { createInvariants } from "../invariants/index.ts";
import type { Invariant } from "../invariants/invariant.ts";
import { drawOptions, type Overrides } from "../world/options.ts";
import { World } from "../world/world.ts";
import { runLiveness } from "./liveness.ts";
import type { RunResult } from "./result.ts";

export interface RunOptions {
  readonly overrides?: Overrides;
  /** Whether to write the trace as text. */
  readonly isReadable?: boolean;
  /** What is checked at every step; all invariants unless said. */
  readonly invariants?: readonly Invariant[];
}

/** Cuts at which the dear invariants are looked at, in the safety phase. */
const AUDITS_MAX = 4;

/**
 * One seed: a phase with faults, a phase without, and then what the clients have heard. Whatever breaks in it, a rule or
 * the simulator, is the result's failure.
 *
 * @throws RangeError if there is no such seed or option
 */
export function runSeed(
  seed: number,
  { overrides = {}, isReadable = false, invariants = createInvariants() }: RunOptions = {},
): RunResult {
  const options = drawOptions(seed, overrides);
  const world = new World(options, invariants, isReadable);
  if (isReadable) world.trace.line(0, JSON.stringify(options));
  const nemesis = new Nemesis(world);
  const dice = world.dice.fork("audits");
  const audits = new Set(Array.from({ length: dice.below(AUDITS_MAX + 1) }, () => dice.below(options.steps)));
  runPhase(world, "start", () => {
    world.begin();
    nemesis.begin();
  });
  while (world.steps < options.steps && world.runStep()) if (audits.has(world.steps)) world.audit();
  // What these two do to peers and disks is seen by the invariants, outside of any step.
  runPhase(world, "end of faults", () => nemesis.stop());
  runPhase(world, "liveness", () => runLiveness(world));
  runPhase(world, "audit", () => world.audit());
  runPhase(world, "history", () => checkClients(world));
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

/** Not after a failure; one in it is the world's. */
function runPhase(world: World, name: string, phase: () => void): void {
  if (world.failure !== null) return;
  try {
    phase();
  } catch (error) {
    world.fail(error, name);
  }
}

function checkClients({ operations, notices, txns }: World): void {
  checkHistory({ operations, notices, txns });
}
