import type { Data, Session } from "@coterie/session";
import type { Hold } from "../hold/hold.ts";
import { isOver, persist } from "../hold/retry.ts";
import { checkSignal, type WaitOptions, waiting } from "../hold/wait.ts";
import { createMutex, type Mutex } from "../lock/mutex.ts";
import type { Contender } from "../queue/contenders.ts";

export interface ElectionOptions {
  /** What the others see of this candidate, as its address. */
  readonly data?: Data | null;
}

/** What the work of a leader is given. */
export type Leadership = Pick<Hold, "path" | "token" | "signal" | "guard">;

/**
 * One of all candidates leads; who came first, then who came next. The same queue as Curator's LeaderSelector and kazoo's
 * Election have, whose candidates may stand in it (see `createMutex`).
 */
export interface Election {
  readonly path: string;
  /** Resolves when this candidate leads; `release` resigns. */
  campaign(options?: WaitOptions): Promise<Hold>;
  /** Null if another one leads. */
  tryCampaign(options?: WaitOptions): Promise<Hold | null>;
  /**
   * Campaigns, and does `work` while it leads: once, and with its result resigns. If the leadership is lost before `work` is
   * done, its signal aborts, it is waited for, and its result is not taken: it campaigns anew, as long as the session lives.
   * `work` should end soon when its signal is aborted, by throwing the reason or by returning. What it throws while it leads
   * rejects. The signal of `options` ends all of it: also `work`'s signal is aborted.
   */
  run<Result>(work: (leadership: Leadership) => Promise<Result>, options?: WaitOptions): Promise<Result>;
  /** Who leads now; null if there is no candidate. */
  leader(options?: WaitOptions): Promise<Contender | null>;
  /** The candidates, the leader first. */
  candidates(options?: WaitOptions): Promise<readonly Contender[]>;
  /**
   * Who leads now, and then each other leader; null where there is none. Leaders that come and go while the reader is busy may
   * be left out. An abort throws the signal's reason; so does the end of the session its own.
   */
  leaders(options?: { readonly signal?: AbortSignal }): AsyncIterable<Contender | null>;
}

export function createElection(session: Session, path: string, { data = null }: ElectionOptions = {}): Election {
  return new QueueElection(session, path, data);
}

class QueueElection implements Election {
  readonly path: string;
  private readonly session: Session;
  private readonly queue: Mutex;

  constructor(session: Session, path: string, data: Data | null) {
    this.path = path;
    this.session = session;
    this.queue = createMutex(session, path, { data });
  }

  campaign(options?: WaitOptions): Promise<Hold> {
    return this.queue.acquire(options);
  }

  tryCampaign(options?: WaitOptions): Promise<Hold | null> {
    return this.queue.tryAcquire(options);
  }

  run<Result>(work: (leadership: Leadership) => Promise<Result>, options: WaitOptions = {}): Promise<Result> {
    return waiting(this.session, `leading ${this.path}`, options, async (signal) => {
      for (;;) {
        const hold = await this.queue.acquire({ signal });
        const done = await lead(hold, work, signal);
        if (done.kind === "done") return done.result;
        signal.throwIfAborted();
        if (isOver(this.session)) throw done.reason;
      }
    });
  }

  leader(options?: WaitOptions): Promise<Contender | null> {
    return this.queue.holder(options);
  }

  candidates(options?: WaitOptions): Promise<readonly Contender[]> {
    return this.queue.contenders(options);
  }

  async *leaders(options: Pick<WaitOptions, "signal"> = {}): AsyncIterable<Contender | null> {
    const { session, path } = this;
    checkSignal(`the leaders of ${path}`, options);
    const { signal } = options;
    const looking = signal === undefined ? {} : { signal };
    // Whether the queue itself is there does not matter to a watch.
    const watch = await persist(session, () => session.watch(path, looking), signal);
    try {
      let known: string | null | undefined;
      const changes = watch[Symbol.asyncIterator]();
      for (;;) {
        const leader = await this.leader(looking);
        if ((leader?.path ?? null) !== known) {
          known = leader?.path ?? null;
          yield leader;
        }
        if ((await changes.next()).done === true) return;
      }
    } finally {
      await watch.close();
    }
  }
}

type Done<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "lost"; readonly reason: unknown };

async function lead<Result>(
  hold: Hold,
  work: (leadership: Leadership) => Promise<Result>,
  outer: AbortSignal,
): Promise<Done<Result>> {
  const { path, token } = hold;
  const signal = AbortSignal.any([hold.signal, outer]);
  try {
    const result = await work({ path, token, signal, guard: (transaction) => hold.guard(transaction) });
    return hold.signal.aborted ? { kind: "lost", reason: hold.signal.reason } : { kind: "done", result };
  } catch (error) {
    if (hold.signal.aborted) return { kind: "lost", reason: hold.signal.reason };
    throw error;
  } finally {
    await hold.release();
  }
}
