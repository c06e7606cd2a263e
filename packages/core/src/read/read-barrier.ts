import { assert } from "@coterie/interface";

/** Requests of one session that may wait at its peer, unless told otherwise: writes on their way and what is behind them. */
export const SESSION_REQUESTS_MAX = 1_000;

export interface ReadBarrierOptions {
  /** Writes on their way plus reads that wait. One more is answered "full". At least 1. Default: 1,000. */
  readonly requestsMax?: number;
}

/** What became of a request given to the barrier; "full": nothing, it must be given again. */
export type WriteAdmission = "queued" | "full";
export type ReadAdmission = "now" | "later" | "full";

/** A request without an answer, when the leader was lost. */
export type Outstanding<Write, Read> =
  | { readonly kind: "write"; readonly write: Write }
  | { readonly kind: "read"; readonly read: Read };

interface PendingWrite<Write, Read> {
  readonly write: Write;
  /** What came after it and before the next write. */
  readonly reads: Read[];
}

/**
 * The order of one session's requests at the peer that serves it (semantics 4.1 and 6, FIFO per session). Writes go to
 * the leader as they come; a read waits until every earlier write of its session is applied here, and so
 * behind the reads that wait already. There is one barrier a session, so no session waits for another.
 *
 * "Write" is whatever is answered after a round through the leader, a sync too; "read" is whatever this peer
 * answers by itself, refusals and watch requests included. `Write` is compared by identity; both belong to the caller.
 */
export class ReadBarrier<Write, Read> {
  private pending: PendingWrite<Write, Read>[] = [];
  private count = 0;
  private readonly requestsMax: number;

  constructor(options: ReadBarrierOptions = {}) {
    this.requestsMax = options.requestsMax ?? SESSION_REQUESTS_MAX;
    assert(this.requestsMax >= 1, "the barrier has room for one request at least");
  }

  /** Writes on their way and reads that wait. */
  get size(): number {
    return this.count;
  }

  /** Those of them that are reads. */
  get readCount(): number {
    return this.count - this.pending.length;
  }

  /**
   * The next request may be answered "full". Whoever reads the session's socket stops until this is false again,
   * and then first gives the request that was refused.
   */
  get isFull(): boolean {
    return this.count >= this.requestsMax;
  }

  /** The write whose outcome comes next, or null: an applied txn is this session's if it is the one of that write. */
  get nextWrite(): Write | null {
    return this.pending[0]?.write ?? null;
  }

  /** The writes on their way, in the session's order. */
  writes(): Write[] {
    return this.pending.map(({ write }) => write);
  }

  /** "queued": forward the write now, in this order. */
  enqueueWrite(write: Write): WriteAdmission {
    if (this.isFull) return "full";
    this.count += 1;
    this.pending.push({ write, reads: [] });
    return "queued";
  }

  /** "now": answer the read at once, before anything else of this session. "later": `applied` will give it back. */
  enqueueRead(read: Read): ReadAdmission {
    const last = this.pending.at(-1);
    if (last === undefined) return "now";
    if (this.isFull) return "full";
    this.count += 1;
    last.reads.push(read);
    return "later";
  }

  /**
   * The outcome of `write`, success or error, is applied here and its reply is next. Gives the reads that waited for
   * it, in their order. Answer all of them before the next txn is applied, or they would see the session's own
   * later writes, and before the session's next request is taken, or it would overtake them.
   *
   * The array is the caller's. Outcomes come in the order of the writes, as the leader keeps it (asserted).
   */
  applied(write: Write): Read[] {
    const first = this.pending[0];
    assert(first !== undefined && first.write === write, "a session's writes are applied in its order");
    this.pending.shift();
    this.count -= 1 + first.reads.length;
    return first.reads;
  }

  /**
   * The leader is lost: gives everything without an answer, in the session's order, and forgets it. The outcome of each
   * write is unknown, and stays so even if its txn is applied later; the reads were not tried.
   */
  abandon(): Outstanding<Write, Read>[] {
    const outstanding: Outstanding<Write, Read>[] = [];
    for (const { write, reads } of this.pending) {
      outstanding.push({ kind: "write", write });
      for (const read of reads) outstanding.push({ kind: "read", read });
    }
    this.pending = [];
    this.count = 0;
    return outstanding;
  }
}

export function createReadBarrier<Write, Read>(options?: ReadBarrierOptions): ReadBarrier<Write, Read> {
  return new ReadBarrier(options);
}
