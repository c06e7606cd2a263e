import { CoterieError } from "@coterie/interface";
import type { Session, Transaction, WatchEvent } from "@coterie/session";
import { checkOwnPath } from "../calls/check.ts";
import { parentOf } from "../calls/paths.ts";
import { hasCode, persist } from "../calls/retry.ts";
import { until } from "../calls/until.ts";
import { type WaitOptions, waiting } from "../calls/wait.ts";
import { type MarkerOptions, openMarker } from "../once/marker.ts";

/**
 * One znode, which no session owns: while it is there, everybody waits. Any client may set it or remove it. The same as Curator's
 * DistributedBarrier and kazoo's Barrier on the same path.
 */
export interface Barrier {
  readonly path: string;
  /**
   * Resolves when the barrier is set, also if it was before. Done once, also where an answer is lost: what somebody removes
   * meanwhile stays removed. The `outcome` of what it rejects with says whether it may have been set.
   */
  set(options?: WaitOptions): Promise<void>;
  /** Resolves when the barrier is removed, also if there was none. Done once, as `set`. */
  remove(options?: WaitOptions): Promise<void>;
  /**
   * Resolves when there is no barrier, or was none: another one may be set since. Never passes one whose `set` had resolved before
   * this was called, unless that was removed.
   */
  wait(options?: WaitOptions): Promise<void>;
  /** As this session sees it, which may be a little behind. */
  isSet(options?: WaitOptions): Promise<boolean>;
}

/** The barrier of `path`. What is missing above it is created by `set`. */
export function createBarrier(session: Session, path: string): Barrier {
  checkOwnPath(path);
  return new ZnodeBarrier(session, path);
}

class ZnodeBarrier implements Barrier {
  readonly path: string;
  private readonly session: Session;

  constructor(session: Session, path: string) {
    this.session = session;
    this.path = path;
  }

  set(options: WaitOptions = {}): Promise<void> {
    const { session, path } = this;
    return waiting(session, `setting ${path}`, options, (signal) =>
      this.once("NODE_EXISTS", (transaction) => transaction.create(path), { signal, parents: true }),
    );
  }

  remove(options: WaitOptions = {}): Promise<void> {
    const { session, path } = this;
    return waiting(session, `removing ${path}`, options, async (signal) => {
      try {
        await this.once("NO_NODE", (transaction) => transaction.delete(path), { signal, parents: false });
      } catch (error) {
        // Where there is nothing above it, there is no barrier.
        if (!hasCode(error, "NO_NODE")) throw error;
      }
    });
  }

  wait(options: WaitOptions = {}): Promise<void> {
    const { session, path } = this;
    return waiting(session, `waiting at ${path}`, options, (signal) => {
      const look = async (event: WatchEvent | null): Promise<true | undefined> => {
        if (event?.kind === "deleted") return true;
        // What this session sees at first may be older than the call.
        if (event === null) await session.sync({ signal });
        return (await session.exists(path, { signal })) === null ? true : undefined;
      };
      return until(session, path, look, { signal }).then(() => undefined);
    });
  }

  isSet(options: WaitOptions = {}): Promise<boolean> {
    const { session, path } = this;
    return waiting(session, `looking at ${path}`, options, async (signal) => {
      return (await persist(session, () => session.exists(path, { signal }), signal)) !== null;
    });
  }

  /** `already` is the code that says that there was nothing to do. The leader says so: what this session sees may be old. */
  private async once(
    already: "NODE_EXISTS" | "NO_NODE",
    add: (transaction: Transaction) => Transaction,
    options: MarkerOptions,
  ): Promise<void> {
    for (;;) {
      const marker = await openMarker(this.session, parentOf(this.path), options);
      try {
        await marker.commit(add, options.signal);
        return;
      } catch (error) {
        if (!(error instanceof CoterieError)) throw error;
        if (error.code === already && error.index === 0) return;
        // The marker was deleted, or all of it from above.
        if (error.code !== "NO_NODE" || error.index === undefined || options.signal.aborted) throw error;
      } finally {
        marker.drop();
      }
    }
  }
}
