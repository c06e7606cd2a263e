export { LEVEL_B_FAULTS, type LevelBFault } from "./level-b/faults/level-b-faults.ts";
export { type LevelBCommand, parseLevelBCommand } from "./level-b/run/level-b-command.ts";
export { levelBTraceFile, reportLevelBRun } from "./level-b/run/level-b-report.ts";
export {
  addLevelBRun,
  addLevelBTally,
  createLevelBTally,
  type LevelBTally,
  reportLevelBTally,
} from "./level-b/run/level-b-tally.ts";
export { type LevelBResult, type LevelBRunOptions, runLevelB } from "./level-b/run/run-level-b.ts";
export { FAULT_KINDS, type FaultKind } from "./world/fault-kinds.ts";
export { drawOptions, type Overrides, type SimOptions } from "./world/options.ts";
export type { Failure } from "./world/world.ts";
export { type Command, type CommandDefaults, parseCommand, SIM_HELP } from "./run/command-line.ts";
export { replayCommand, reportFailure, reportTally, traceFile } from "./run/report.ts";
export type { RunResult } from "./run/result.ts";
export { type RunOptions, runSeed } from "./run/run-seed.ts";
export { failureKind, shrink, type Shrunken } from "./run/shrink.ts";
export { addRun, addTally, createTally, PROBES, type Tally } from "./run/tally.ts";
