import type { LevelBOverrides, LevelBWorkloadName } from "../world/level-b-options.ts";
import type { LevelBResult } from "./run-level-b.ts";

/** Where the trace of a failing seed is written, unless said otherwise. */
export function levelBTraceFile(seed: number): string {
  return `.cache/sim-b-${seed}.trace`;
}

export function levelBReplayCommand(
  seed: number,
  overrides: LevelBOverrides,
  workload: LevelBWorkloadName = "calls",
): string {
  const settings = Object.entries(overrides).map(([path, value]) => ` ${path}=${value}`);
  const what = workload === "calls" ? "" : ` --workload ${workload}`;
  return `npm run sim -- --level b${what} --seed ${seed}${settings.join("")} --trace ${levelBTraceFile(seed)}`;
}

/** One line for a run that passes, four for one that fails. */
export function reportLevelBRun(result: LevelBResult, overrides: LevelBOverrides): string {
  const { seed, workload, failure, options, steps, virtualMs, calls, traceHash } = result;
  if (failure === null) {
    return `  seed ${seed} passes: ${steps} steps, ${(virtualMs / 1000).toFixed(1)} s simulated, ${calls} calls, trace ${traceHash}`;
  }
  return [
    `  seed ${seed} FAILS at step ${failure.step}, ${failure.atMs.toFixed(3)} ms, in ${failure.where}`,
    `    ${failure.name}: ${failure.message}`,
    `    ${options.voters} voters, ${options.observers} observers, ${options.wireClients} clients over the wire`,
    `    replay: ${levelBReplayCommand(seed, overrides, workload)}`,
  ].join("\n");
}
