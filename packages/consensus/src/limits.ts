import { COUNTER_MAX, LOG_LIMITS } from "@coterie/interface";

/**
 * Every limit of this package, by name. What happens when one is reached stands beside it. Tests and the simulator
 * make them tiny.
 */
export interface ZabLimits {
  /** Bytes of one txn; `propose` asserts. 1..LOG_LIMITS.entrySizeMaxBytes. */
  readonly txnSizeMaxBytes: number;
  /** Bytes of the entries or pages of one frame; a single larger entry gets a frame of its own. */
  readonly frameSizeTargetBytes: number;
  /** Proposals that the leader has not applied yet: `nextZxid` is null. */
  readonly proposalsInFlightMax: number;
  readonly proposalsInFlightMaxBytes: number;
  /** Entries kept in memory for learners that lag: older ones are read from the store. */
  readonly historyWindowMax: number;
  readonly historyWindowMaxBytes: number;
  /** Entries sent to a learner and not acknowledged: it gets no more until it has caught up. */
  readonly learnerInFlightMaxBytes: number;
  /** Entries delivered and not yet applied: no more are delivered. */
  readonly deliveriesInFlightMax: number;
  /** Requests that wait for room, or while leadership is handed over, or in one turn for the leader: refused. */
  readonly requestsQueuedMax: number;
  readonly requestsQueuedMaxBytes: number;
  /** Reads that wait for confirmation: refused. */
  readonly confirmsPendingMax: number;
  /** Touch reports that wait for a heartbeat: sent at once. */
  readonly touchesPendingMax: number;
  /** Checkpoints that are sent at the same time: the next learner waits. */
  readonly transfersMax: number;
  /** Bytes of checkpoint pages that a learner has not taken: no more are read. */
  readonly pagesInFlightMaxBytes: number;
  /** Ends of epochs that a learner tells: older history is compared as if it were not there. */
  readonly epochEndsMax: number;
  /** How far an epoch may be ahead of this peer's own: refused and reported. */
  readonly epochAheadMax: number;
  /** How far a round of elections may be ahead of this peer's own: the link is closed, and it is reported. */
  readonly roundAheadMax: number;
  /** The last counter of an epoch that is given to a txn: then another epoch begins (1277). 1..2^32-2. */
  readonly counterMax: number;
  /** Entries and bytes of one batch for the store: the rest is the next batch. */
  readonly batchEntriesMax: number;
  readonly batchSizeMaxBytes: number;
}

/** Pages of one frame, of which an empty one takes a byte: a reading of more is sent in several, and a frame is refused. */
export const FRAME_PAGES_MAX: number = 2 ** 12;

/** Voters of an ensemble: what a peer remembers of each (`AckMarks`) fits into a store's notes. A larger set is refused. */
export const VOTERS_MAX = 240;

export const ZAB_LIMITS_DEFAULT: ZabLimits = Object.freeze({
  txnSizeMaxBytes: LOG_LIMITS.entrySizeMaxBytes,
  frameSizeTargetBytes: 2 ** 20,
  proposalsInFlightMax: 2 ** 15,
  proposalsInFlightMaxBytes: 64 * 2 ** 20,
  historyWindowMax: 2 ** 15,
  historyWindowMaxBytes: 32 * 2 ** 20,
  learnerInFlightMaxBytes: 16 * 2 ** 20,
  deliveriesInFlightMax: 2 ** 14,
  requestsQueuedMax: 2 ** 14,
  requestsQueuedMaxBytes: 32 * 2 ** 20,
  confirmsPendingMax: 2 ** 14,
  touchesPendingMax: 8,
  transfersMax: 2,
  pagesInFlightMaxBytes: 4 * 2 ** 20,
  epochEndsMax: 64,
  epochAheadMax: 2 ** 10,
  roundAheadMax: 2 ** 32,
  counterMax: COUNTER_MAX - 1,
  batchEntriesMax: LOG_LIMITS.batchEntriesMax,
  batchSizeMaxBytes: LOG_LIMITS.batchSizeMaxBytes,
});
