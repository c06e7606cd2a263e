import {
  CHAIN_HASH_NONE,
  type HardState,
  type LogFault,
  type LogPosition,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";
import type { CheckpointRecord } from "../format/records.ts";

export const LOG_START: LogPosition = Object.freeze({ zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE });

/** What a store that is open knows of itself. Replaced as a whole by what changes more than the log's end. */
export interface StoredState {
  readonly hardState: HardState;
  /** Of the state record that stands. */
  readonly stateNumber: number;
  /** Of the state record that came with the checkpoint; 0 without one. */
  readonly checkpointNumber: number;
  readonly logGeneration: number;
  readonly base: LogPosition;
  readonly last: LogPosition;
  readonly committed: Zxid;
  readonly checkpoint: CheckpointRecord | null;
  /** In zxid order. */
  readonly faults: readonly LogFault[];
  /** Keys of log records that count for nothing, until the next write deletes them. */
  readonly hiddenKeys: ReadonlySet<string>;
}

/** The fault that covers the first entry above `after`, if one does. */
export function faultBehind(faults: readonly LogFault[], after: Zxid): LogFault | undefined {
  return faults.find((fault) => fault.after.zxid <= after && after < fault.upTo.zxid);
}

/** Faults as they are once the log begins at `base`. */
export function faultsAbove(faults: readonly LogFault[], base: LogPosition): LogFault[] {
  return faults
    .filter(({ upTo }) => upTo.zxid > base.zxid)
    .map((fault) => (fault.after.zxid < base.zxid ? { after: base, upTo: fault.upTo } : fault));
}
