import type { ZabLimits } from "@coterie/consensus";
import type { StateMachineOptions } from "@coterie/core";
import type { Clock, Random } from "@coterie/interface";
import type { PeerOptions } from "../options.ts";

/** What an engine needs of a peer's options. */
export interface EngineOptions extends Pick<
  PeerOptions,
  | "id"
  | "ensemble"
  | "role"
  | "observerHosts"
  | "listen"
  | "storage"
  | "transport"
  | "timing"
  | "logger"
  | "limits"
  | "extendedTypesEnabled"
  | "enforceQuota"
> {
  readonly clock: Clock;
  readonly random: Random;
  /** Tests make them tiny. Default: consensus' own. */
  readonly consensusLimits?: Partial<ZabLimits>;
  /** Beside what the options above say. */
  readonly machine?: Pick<StateMachineOptions, "containerNeverUsedMaxMs" | "limits">;
  /** A batch was synced, so long after it was handed to the store. Called within a turn; does not throw. */
  readonly synced?: (durationMs: number) => void;
  /** The event loop, or the machine, stood still for so long (R8). Called within a turn; does not throw. */
  readonly stalled?: (durationMs: number) => void;
}
