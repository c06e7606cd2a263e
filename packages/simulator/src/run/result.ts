import type { FaultKind } from "../world/fault-kinds.ts";
import type { SimOptions } from "../world/options.ts";
import type { Failure } from "../world/world.ts";

/** What one seed has come to. */
export interface RunResult {
  readonly seed: number;
  readonly options: SimOptions;
  readonly steps: number;
  readonly virtualMs: number;
  readonly txns: number;
  readonly operations: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** How often the nemesis was about to strike. */
  readonly strikes: number;
  /** Rare things that happened, and how often. */
  readonly probes: ReadonlyMap<string, number>;
  readonly traceHash: string;
  readonly failure: Failure | null;
  /** One line an event; empty unless it was asked for. */
  readonly trace: readonly string[];
}
