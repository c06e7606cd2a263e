import type { Data, Session } from "@coterie/session";
import { type Hold, type Leadership, leadershipOf } from "../queue/hold.ts";
import { isOver } from "../calls/retry.ts";
import { until, untilGone } from "../calls/until.ts";
import { endedByReturn } from "../changes/ended-by-return.ts";
import { checkSignal, unlessGivenUp, type WaitOptions, waiting } from "../calls/wait.ts";
import { checkContender, type ContenderOptions, createMutex, type Mutex, MUTEX_LABELS } from "../lock/mutex.ts";
import { type Contender, readFirstContender } from "../queue/contenders.ts";

export interface ElectionOptions extends ContenderOptions {
  /** What the others see of this candidate, as its address. */
  readonly data?: Data | null;
}

/**
 * One of all candidates leads; who came first, then who came next. The same queue as Curator's LeaderSelector has, whose
 * candidates may stand in it. kazoo's Election leads beside it, unless its lock is replaced by one that sees the others;
 * Curator's LeaderLatch always does (docs/recipes/election.md).
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
   * rejects. The signal of `options` ends all of it: also `work`'s signal is aborted. It does not reject because it could not
   * resign, as with NO_AUTH: the place ends with the session then.
   */
  run<Result>(work: (leadership: Leadership) => Promise<Result>, options?: WaitOptions): Promise<Result>;
  /** Who leads now; null if there is no candidate. */
  leader(options?: WaitOptions): Promise<Contender | null>;
  /** The candidates, the leader first. */
  candidates(options?: WaitOptions): Promise<readonly Contender[]>;
  /**
   * Who leads now, and then each other leader; null where there is none. Leaders that come and go while the reader is busy may
   * be left out. An abort throws the signal's reason; so does the end of the session its own. Who leaves the loop, or calls `return`,
   * waits for nothing.
   * @throws CoterieError BAD_ARGUMENTS
   */
  leaders(options?: { readonly signal?: AbortSignal }): AsyncIterable<Contender | null>;
}

/** @throws CoterieError BAD_ARGUMENTS */
export function createElection(session: Session, path: string, options: ElectionOptions = {}): Election {
  checkContender("an election", path, options);
  return new QueueElection(session, path, options);
}

class QueueElection implements Election {
  readonly path: string;
  private readonly session: Session;
  private readonly queue: Mutex;

  constructor(session: Session, path: string, options: ElectionOptions) {
    this.path = path;
    this.session = session;
    this.queue = createMutex(session, path, options);
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

  leaders(options: Pick<WaitOptions, "signal"> = {}): AsyncIterable<Contender | null> {
    checkSignal(`the leaders of ${this.path}`, options);
    return endedByReturn((signal) => this.leadersUntil(signal), options.signal);
  }

  private async *leadersUntil(signal: AbortSignal): AsyncGenerator<Contender | null, void, undefined> {
    const { session, path } = this;
    const rules = { parent: path, labels: MUTEX_LABELS };
    const look = async (): Promise<Contender | undefined> =>
      (await readFirstContender(session, rules, signal)) ?? undefined;
    try {
      for (let leader = (await look()) ?? null; ;) {
        yield leader;
        if (leader === null) {
          leader = await until(session, path, look, { signal });
        } else {
          // It leads until its znode is gone: of those who come and go behind it nothing need be heard.
          await untilGone(session, leader.path, signal);
          leader = (await look()) ?? null;
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error;
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
  try {
    const result = await work(leadershipOf(hold, outer));
    return hold.signal.aborted ? { kind: "lost", reason: hold.signal.reason } : { kind: "done", result };
  } catch (error) {
    if (hold.signal.aborted) return { kind: "lost", reason: hold.signal.reason };
    throw error;
  } finally {
    // What the work gives, or throws, says more than that it could not resign. Who gives up does not wait for a connection.
    await unlessGivenUp(hold.release(), outer).catch(() => undefined);
  }
}
