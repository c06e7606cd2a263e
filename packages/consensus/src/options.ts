import type { PeerId, Random, RecoveredLog, Zxid } from "@coterie/interface";
import type { ZabLimits } from "./limits.ts";
import type { Voter } from "./quorum/ensemble-config.ts";
import type { ZabTiming } from "./timing.ts";

export interface ZabOptions {
  readonly self: PeerId;
  /**
   * The voters that a new cluster is founded with, the same on every peer. Once a cluster exists, its log says who
   * votes, and this is compared with it and otherwise not used.
   */
  readonly voters: readonly Voter[];
  readonly timing: ZabTiming;
  readonly limits: ZabLimits;
  /** For the incarnation of a blank peer and the id of a new cluster. */
  readonly random: Random;
}

/** What the shell has made of the store before it makes the Zab: the state machine is at `applied`. */
export interface Recovery {
  readonly log: RecoveredLog;
  /** At least the checkpoint's zxid; at most what is committed, and not beyond the first fault above the checkpoint. */
  readonly applied: Zxid;
  /** The last config entry up to the log's end, encoded; null on a blank peer, or on one that has never had one. */
  readonly config: Uint8Array | null;
}
