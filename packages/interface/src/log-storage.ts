import type { ChainHash } from "./chain-hash.ts";
import type { CheckpointKind } from "./state-machine.ts";
import type { Epoch, PeerId, Zxid } from "./units.ts";

/**
 * Keeps what a peer must not forget: its promises, its log, one checkpoint. What is durable survives the loss of
 * power; a store whose `supports.durable` is false means the end of the process instead.
 *
 * For correctness:
 * 1. `write` resolves only when all of its batch is durable, and after a crash all of it or nothing is there, in
 *    memory, on disk and in whatever stands twice (R1, R3, ST-01, ST-02, ST-14).
 * 2. The log has no holes: each entry is stored with its zxid, and `chainHash` leads from the base to the end. What is
 *    missing or does not check out is a fault, never a shorter log and never other bytes (R2, R4, ST-04, ST-05, ST-09,
 *    ST-12).
 * 3. An end that was lost is noticed: what the store kept a second time says how far the log had reached. A torn tail
 *    beyond that is dropped and counted; other peers remember what they saw acknowledged (R3, R4, ST-03, ST-06).
 * 4. A write that failed is unknown, not undone. After `write`, `addPages`, `dropPages` or `purge` has rejected with
 *    `STORE_FAILED` or `STORE_FULL`, every later call rejects with `STORE_FAILED` until `close` and a new `open`;
 *    nothing is retried (R5, ST-16, ST-17, ST-18).
 * 5. `open` changes nothing that it does not understand and creates nothing (R6, ST-07, ST-08).
 * 6. Nothing is given back that was not written under the same name: key, range and checksum are in the stored value
 *    (R2, ST-20).
 * 7. One open store at a time for one place, in one process as between processes (ST-25).
 *
 * Serial: a `write` is called when the one before it has settled; what comes in meanwhile is the next batch, so the
 * caller's turns are the group commit. The same holds among `addPages` and `dropPages`, and among `purge`s. Calls of
 * these three lanes and any number of reads run side by side; a `write` with a `checkpoint` waits for `addPages`.
 *
 * Buffers: what is handed in is not changed by anyone afterwards, so the store need not copy it. What is handed out
 * belongs to the caller, is never written again, shares no byte with another answer, and may be a view of a larger buffer.
 *
 * No method throws. Misuse rejects with AssertionError and changes nothing; all else rejects with CoterieError. Beside
 * the codes named at each method: `STORE_CLOSED` before `open` has resolved and after `close`; `STORE_FAILED` and
 * `STORE_FULL` when the medium fails.
 */
export interface LogStorage {
  readonly supports: LogStorageSupports;

  /**
   * Opens the store and says what it holds, after checking all of it that the log's end depends on. A store is created
   * by the first `write`, not here. May be called again after `close`.
   *
   * Rejects with `STORE_LOCKED`, `STORE_CORRUPT` (it cannot even be said what is missing), `STORE_FORMAT_UNKNOWN`,
   * `STORE_FOREIGN` (its parts disagree on whose they are, ST-24) or `DEPENDENCY_MISSING`. Then the store is closed
   * and nothing was changed.
   */
  open(): Promise<RecoveredLog>;

  /**
   * One atomic, synced batch: its parts take effect in the order of the fields of `LogBatch`. On a blank store the
   * first one carries `hardState` and creates the store; after a crash in it the store is blank or has it all. Rejects
   * with `STORE_CORRUPT`, and changes nothing, if the log is to be cut off inside damage that nobody knew of: what is left
   * of it only a new `open` can say.
   */
  write(batch: LogBatch): Promise<void>;

  /**
   * Entries of a range in zxid order, as many as fit into `sizeMaxBytes` of entry bytes and at least one if there is
   * one. May run beside anything. What it gives was there, whole, at one moment between call and answer (ST-27).
   */
  read(range: ZxidRange, sizeMaxBytes: number): Promise<LogReading>;

  /**
   * Lets go of entries, and faults, up to `upTo`, or fewer. Resolves with the new base, durable or not: after a crash
   * entries may be back. `upTo` is at most the checkpoint's zxid. Readings that have begun are not disturbed.
   */
  purge(upTo: Zxid): Promise<LogPosition>;

  /**
   * Adds pages to the draft of a checkpoint: the caller's own, or an incoming one. The draft counts for nothing, and
   * is gone after `close` or a crash, until a batch with `checkpoint` makes it the checkpoint.
   */
  addPages(pages: readonly Uint8Array[]): Promise<void>;

  /** Empties the draft. */
  dropPages(): Promise<void>;

  /**
   * The checkpoint to read, for a restore or for a learner; null if there is none. Its pages stay, whatever else is
   * written, until the reader is closed. Several may be open.
   */
  openCheckpoint(): Promise<CheckpointReader | null>;

  /**
   * Waits for what is under way, closes open readers, which stay closed when the store is opened anew, and gives the place
   * free (ST-30). Makes nothing durable that was not. Resolves at once on a closed store; never rejects. A second call
   * resolves with the first.
   */
  close(): Promise<void>;
}

export interface LogStorageSupports {
  /** Whether what was written survives the process. */
  readonly durable: boolean;
}

/** Every store takes this much; no caller gives it more (assertion). */
export const LOG_LIMITS: {
  readonly entrySizeMaxBytes: number;
  readonly batchEntriesMax: number;
  /** Bytes of all entries of a batch. */
  readonly batchSizeMaxBytes: number;
  /** Also the bytes of all pages of one `addPages`. */
  readonly pageSizeMaxBytes: number;
  readonly notesSizeMaxBytes: number;
} = Object.freeze({
  entrySizeMaxBytes: 16 * 2 ** 20,
  batchEntriesMax: 2 ** 16,
  batchSizeMaxBytes: 64 * 2 ** 20,
  pageSizeMaxBytes: 32 * 2 ** 20,
  notesSizeMaxBytes: 4096,
});

/** A place in the log: behind the entry `zxid`, where the chain has this hash. It starts at 0, 0. */
export interface LogPosition {
  readonly zxid: Zxid;
  readonly chainHash: ChainHash;
}

/** The position alone: what is kept of an entry so that its bytes may go. */
export function positionOf({ zxid, chainHash }: LogPosition): LogPosition {
  return { zxid, chainHash };
}

/** The entry at its position: `chainHash` includes it. */
export interface LogEntry extends LogPosition {
  /** What consensus takes the entry for, 0..255. Opaque to the store. */
  readonly tag: number;
  /** Opaque; 0..LOG_LIMITS.entrySizeMaxBytes bytes. */
  readonly bytes: Uint8Array;
}

/** The zxids above `after`, up to and including `upTo`. Neither need be an entry. */
export interface ZxidRange {
  readonly after: Zxid;
  readonly upTo: Zxid;
}

/** Who this peer is and what it has promised. Written whole; kept twice by a store that is durable (R3). */
export interface HardState {
  /** Minted with the ensemble; 1..64 printable ASCII characters. */
  readonly clusterId: string;
  readonly peerId: PeerId;
  /** Which life of this peer id it is; an integer in 0..2^53-1. Acks of an earlier one are void. */
  readonly incarnation: number;
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  /**
   * Whether this peer may have forgotten promises (R3b). The store sets it when it finds less than it had promised, in
   * the log or in what stands twice. Once reported, every `open` reports it until a `write` has cleared it.
   */
  readonly isAmnesiac: boolean;
}

/** What one `write` does. A part that is left out leaves things as they are. */
export interface LogBatch {
  readonly hardState?: HardState;
  /** What consensus wants to find again, and can do without: other peers' acks, say (R3). Kept once. */
  readonly notes?: Uint8Array;
  /** Makes the draft the checkpoint, or a part of it. */
  readonly checkpoint?: CheckpointMark;
  /** Removes every entry above it. It is the zxid of an entry or of the base, and not below what is committed. */
  readonly truncateAfter?: Zxid;
  /**
   * Puts entries back that cannot be read: of a fault that they reach into, from its beginning, all of it or in part (R4).
   * Those that can be read stay as they are. Left out are those that a purge beside it lets go of, and those of a fault
   * whose beginning they do not lead on from: a reading that nobody has heard of yet may have found that it begins earlier.
   */
  readonly repair?: readonly LogEntry[];
  /** Continues the log: each entry's zxid is above that of the one before it, and its hash is its `chainHash`. */
  readonly append?: readonly LogEntry[];
  /** Known to be committed; never goes down, and is not above the log's end as this batch leaves it. */
  readonly committed?: Zxid;
}

/**
 * The last step of a checkpoint, durable no earlier than all its pages.
 * - "full": the draft replaces the checkpoint. "delta": the draft's pages follow those of the checkpoint. Both stand at
 *   a position of this log, and the log stays as it is.
 * - "incoming": another peer's. The draft replaces the checkpoint, all entries and faults go, and the mark is base and
 *   end of the log and what is `committed`. The log holds nothing then that is committed and above the mark.
 * - "covering": another peer's, inside this log, for entries that can be read nowhere any more. The draft replaces the
 *   checkpoint, what stands up to the mark goes, faults included, and the mark is the base. Entries above it stay; so
 *   does a fault that reaches beyond it, from the mark on. `committed` is at least the mark's zxid.
 * Which of the last two it is, consensus says: a store could not tell inside a fault.
 * Until it is durable, the checkpoint and the log before it are what a crash leaves (ST-11).
 */
export interface CheckpointMark extends LogPosition {
  readonly kind: CheckpointKind | "incoming" | "covering";
  /** The state machine's digest, 1..64 ASCII characters. */
  readonly digest: string;
  /** Pages of the draft. */
  readonly pageCount: number;
}

/** A checkpoint as it is kept: the pages of a full one, then those of each delta. */
export interface StoredCheckpoint extends LogPosition {
  readonly digest: string;
  /** All pages. */
  readonly pageCount: number;
  /** Bytes of the full one's pages; for an incoming one, of all its pages. */
  readonly baseSizeBytes: number;
  readonly deltasSizeBytes: number;
}

export interface CheckpointReader {
  readonly checkpoint: StoredCheckpoint;

  /**
   * Pages in their order from index `first` (0..pageCount) on, as many as fit into `sizeMaxBytes` and at least one if
   * there is one. Rejects with `STORE_CORRUPT`, naming the page, if one is missing or damaged (ST-10); that poisons
   * nothing.
   */
  read(first: number, sizeMaxBytes: number): Promise<readonly Uint8Array[]>;

  /** Lets the pages go. Never rejects. */
  close(): Promise<void>;
}

/** What `read` finds. */
export type LogReading =
  /** Empty if the range holds no entry. Ends before a fault, which the next reading then reports. */
  | { readonly kind: "entries"; readonly entries: readonly LogEntry[] }
  /** The range begins below the base: only a checkpoint reaches back so far. */
  | { readonly kind: "purged"; readonly base: LogPosition }
  /** The first entry of the range cannot be read, whether `open` knew or not. */
  | { readonly kind: "faulty"; readonly fault: LogFault };

/** Entries that were stored and cannot be read: those above `after`, up to and including `upTo`. */
export interface LogFault {
  /** The last sound position before the fault. */
  readonly after: LogPosition;
  /** Where the log is sound again, or its end. A repair that is complete arrives at this hash. */
  readonly upTo: LogPosition;
}

/** What `open` finds. */
export type RecoveredLog =
  /** There is no store, nor a trace of one (R3b). */
  | { readonly kind: "blank" }
  | {
      readonly kind: "open";
      /** Of two that differ, the higher epochs. */
      readonly hardState: HardState;
      /** Empty if none were written, or if they are damaged. */
      readonly notes: Uint8Array;
      /** The position before the first entry. */
      readonly base: LogPosition;
      /** The end of the log, faulty or not; equals `base` if it is empty. */
      readonly last: LogPosition;
      /**
       * The last entry of each epoch in the log, ascending, the last one equal to `last`; empty if the log is empty. Of
       * a fault only its end is known: an epoch that ends inside one stands here with its last sound entry, or not at all.
       */
      readonly epochEnds: readonly LogPosition[];
      /** Not below `base`, nor above `last`. */
      readonly committed: Zxid;
      readonly checkpoint: StoredCheckpoint | null;
      /** In zxid order; none touches the next. */
      readonly faults: readonly LogFault[];
      /** Stored values of a torn tail that `open` left out (R4). */
      readonly droppedTailCount: number;
    };
