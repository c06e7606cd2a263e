export { FAULT_KINDS, type FaultKind } from "./world/fault-kinds.ts";
export { drawOptions, type Overrides, type SimOptions } from "./world/options.ts";
export type { Failure } from "./world/world.ts";
export { replayCommand, reportFailure, reportTally } from "./run/report.ts";
export type { RunResult } from "./run/result.ts";
export { type RunOptions, runSeed } from "./run/run-seed.ts";
export { failureKind, shrink, type Shrunken } from "./run/shrink.ts";
export { addRun, addTally, createTally, PROBES, type Tally } from "./run/tally.ts";
