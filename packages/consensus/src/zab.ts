import type { Epoch, HardState, PeerId, Zxid } from "@coterie/interface";
import type { Effect, RoleView } from "./effect.ts";
import type { Input } from "./input.ts";
import type { Hello } from "./message.ts";
import type { EnsembleConfig } from "./quorum/ensemble-config.ts";

/**
 * One peer's part in ZAB: state plus input gives effects. No clock, no randomness of its own, no I/O; calls are
 * synchronous and never re-entrant.
 *
 * An AssertionError out of any method means that a rule of ours was broken: the shell stops the peer (R5).
 */
export interface Zab {
  /** Takes one input; gives what is to be done, in order. The array belongs to the caller. */
  step(input: Input): Effect[];

  /** What to say first on a link. */
  hello(): Hello;

  /**
   * The zxid of the next txn to prepare, or null: this peer is not a leader that serves, there is no room, leadership
   * is being handed over, or the epoch's counter is used up.
   */
  nextZxid(): Zxid | null;

  /** How many txns may be proposed now. 0 whenever `nextZxid` is null. */
  proposalRoom(): number;

  view(): ZabView;
}

/** For operators, tests and the simulator; a snapshot. */
export interface ZabView {
  readonly role: RoleView;
  readonly phase: string;
  readonly round: number;
  /** What stands on disk; null on a blank peer. */
  readonly hardState: HardState | null;
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  readonly lastZxid: Zxid;
  /** Up to where the log is on disk. */
  readonly syncedZxid: Zxid;
  readonly committedZxid: Zxid;
  readonly deliveredZxid: Zxid;
  readonly appliedZxid: Zxid;
  readonly config: EnsembleConfig | null;
  /** Of a leader: its learners. */
  readonly learners: readonly LearnerView[];
  /**
   * Whether the shell may begin a checkpoint of its own, or a purge. Not while another peer's checkpoint comes in, is on its way
   * to the disk, or is about to be restored: the draft is not the peer's own, and its state not the one to keep.
   */
  readonly mayCheckpoint: boolean;
  /** The log up to here may be purged, as far as consensus is concerned: learners, and a checkpoint that comes in. */
  readonly purgeableZxid: Zxid;
}

export interface LearnerView {
  readonly peer: PeerId;
  readonly phase: string;
  /** Whether its acks count. */
  readonly isCounted: boolean;
  readonly ackedZxid: Zxid;
}
