import type { WallTimeMs, Zxid } from "./units.ts";

/** What the leader fixes for every request, so that no peer has to ask a clock or a counter when it applies it. */
export interface TxnContext {
  /** The txn's own; greater than that of every txn prepared or applied before. */
  readonly zxid: Zxid;
  /** The leader's wall clock. */
  readonly timeMs: WallTimeMs;
}

/**
 * What the ensemble replicates: requests in, txns out (`prepare`); committed txns in, what they did out (`apply`).
 * `@coterie/core` holds ZooKeeper's. All calls are synchronous, come one at a time and are never re-entrant.
 *
 * For correctness:
 * 1. `apply` is a function of the state and its arguments alone: no clock, randomness, locale, I/O or order of a hash
 *    table. Machines that have applied the same txns have the same `digest` (oracle "equal digests at equal zxid").
 * 2. `apply` is the only way in which the state changes: for live txns, for those a learner catches up with and for
 *    those of a restart. A restored checkpoint plus the txns after it equals the machine that applied them all.
 * 3. `prepare` checks a request against the applied state plus all txns prepared and not yet applied, so that a
 *    pipeline of dependent writes works. A request that fails gives a txn too, one that says so.
 * 4. A txn that was prepared on this machine, or on another with the same history, can be applied; it never fails.
 * 5. A checkpoint stands for exactly one zxid, whatever is applied while it is written (design, decision 4; ST-28,
 *    ST-29).
 * 6. No call takes longer than a few milliseconds, however large the state is.
 */
export interface StateMachine<Request, Context extends TxnContext, Applied> {
  /** The last txn applied; ZXID_NONE before the first. */
  readonly lastAppliedZxid: Zxid;

  /** A short text that is equal wherever the same txns were applied, and otherwise very likely not. */
  readonly digest: string;

  readonly checkpoints: Checkpoints;

  /**
   * Turns a request into the bytes of a txn. For whoever leads. Buffers in `request` are copied or encoded before
   * the call returns. The bytes that come back are never written again by anyone, so they may be kept, logged and
   * sent as they are; they may be a view of a larger buffer.
   *
   * The context's zxids ascend from call to call, and from `lastAppliedZxid`.
   */
  prepare(request: Request, context: Context): Uint8Array;

  /** Forgets every txn that is prepared and not applied: this peer leads no longer. */
  discardPrepared(): void;

  /**
   * Applies a committed txn. Zxids ascend. `txn` is read during the call only.
   *
   * @throws CoterieError `TXN_CORRUPT` if the bytes are no txn; the state is then as it was, and the peer stops.
   */
  apply(zxid: Zxid, txn: Uint8Array): Applied;
}

/** Everything, or what has changed since the checkpoint before. */
export type CheckpointKind = "full" | "delta";

/** Checkpoints of a machine, one at a time. */
export interface Checkpoints {
  /**
   * Freezes the state at `lastAppliedZxid` and begins to write it. The machine chooses the kind: a delta counts on
   * the confirmed checkpoints before it being readable. Not while another one is under way.
   */
  begin(): CheckpointWriter;

  /** The pages and the mark of the one that is done are durable: the next delta starts from it. */
  confirm(summary: CheckpointSummary): void;

  /** Gives up the one under way, if one is. The next is a full one. Also for a stored checkpoint that is damaged. */
  abandon(): void;

  /** After a restore, and before the first `begin`: the sizes of the pages that the state was restored from. */
  resume(baseSizeBytes: number, deltasSizeBytes: number): void;
}

export interface CheckpointWriter {
  readonly kind: CheckpointKind;

  /** The next bounded piece of work. Txns may be applied between two steps. Not after it has said "done". */
  step(): CheckpointStep;
}

export type CheckpointStep =
  /** A page, which belongs to the caller; opaque, readable with no other page, about 64 KiB or one large item. */
  | { readonly kind: "page"; readonly bytes: Uint8Array }
  /** The step's time was spent without completing a page. */
  | { readonly kind: "more" }
  | { readonly kind: "done"; readonly summary: CheckpointSummary };

/** What the mark of a checkpoint says: the state that its pages amount to. */
export interface CheckpointSummary {
  readonly kind: CheckpointKind;
  readonly zxid: Zxid;
  /** `StateMachine.digest` at `zxid`. */
  readonly digest: string;
  readonly pageCount: number;
  readonly pagesSizeBytes: number;
}

/**
 * Builds a machine from pages: those of a full checkpoint, then those of each delta after it, in order. Then `step`
 * until it is false, then `finish`. Nothing of it can be seen before that (ST-10). Made by the machine's package.
 */
export interface StateRestore<Machine> {
  /** `page` is read during the call only. @throws CoterieError `CHECKPOINT_CORRUPT` */
  addPage(page: Uint8Array): void;

  /** After the last page: a bounded piece of the rest; false when nothing is left. @throws as `addPage` */
  step(): boolean;

  /**
   * The machine, at the target's zxid; it belongs to the caller.
   *
   * @throws CoterieError `CHECKPOINT_CORRUPT` if its digest is not the target's: a page is missing or wrong.
   */
  finish(target: RestoreTarget): Machine;
}

/** What a restored state must turn out to be: from the mark of the last checkpoint. */
export interface RestoreTarget {
  readonly zxid: Zxid;
  readonly digest: string;
}
