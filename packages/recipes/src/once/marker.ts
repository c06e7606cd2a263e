import { CoterieError } from "@coterie/interface";
import type { Session, Stat, Transaction, TransactionResult } from "@coterie/session";
import { childOf } from "../calls/paths.ts";
import { hasCode, isPassing, passed, persist } from "../calls/retry.ts";
import { leavePlace } from "../queue/place.ts";

/**
 * A znode that tells whether a write of this session was applied whose answer was lost: each write is a transaction that sets the
 * marker as well. Nobody else writes to it, its name is unique, and it ends with the session.
 */
export interface Marker {
  readonly path: string;
  /**
   * Commits what `add` adds to a transaction, once: what is passing is waited out, and where the answer was lost, the marker is
   * looked at. Null if it was applied and what it answered is lost. Rejects with the code of the operation that failed; the
   * marker's own is the last one. Otherwise with an error whose outcome says what is known; the marker is of no more use then.
   */
  commit(
    add: (transaction: Transaction) => Transaction,
    signal: AbortSignal,
  ): Promise<readonly TransactionResult[] | null>;
  /** Deletes it, in the background. */
  drop(): void;
}

export interface MarkerOptions {
  readonly signal: AbortSignal;
  /** Creates what is missing above it; NO_NODE otherwise. */
  readonly parents: boolean;
}

/** A marker below `parent`; where this rejects, none stays. */
export async function openMarker(session: Session, parent: string, options: MarkerOptions): Promise<Marker> {
  const path = childOf(parent, `_c_${crypto.randomUUID()}-marker`);
  try {
    await persist(session, () => session.create(path, null, { mode: "ephemeral", ...options }), options.signal);
  } catch (error) {
    // Its answer was lost then: nobody else uses the name.
    if (!hasCode(error, "NODE_EXISTS")) {
      // Where there is nothing above it there is no marker.
      if (!hasCode(error, "NO_NODE")) remove(session, path);
      throw error;
    }
  }
  return new MarkerZnode(session, path);
}

class MarkerZnode implements Marker {
  readonly path: string;
  private readonly session: Session;
  private version = 0;

  constructor(session: Session, path: string) {
    this.session = session;
    this.path = path;
  }

  async commit(
    add: (transaction: Transaction) => Transaction,
    signal: AbortSignal,
  ): Promise<readonly TransactionResult[] | null> {
    const { session, path } = this;
    for (;;) {
      try {
        const transaction = add(session.transaction()).set(path, null, { version: this.version });
        const results = await transaction.commit({ signal });
        const mark = results.at(-1);
        if (mark?.kind === "set") this.version = mark.stat.version;
        return results;
      } catch (error) {
        if (!(error instanceof CoterieError)) throw error;
        if (error.outcome === "unknown") {
          if (await this.wasApplied(error, signal)) return null;
        } else if (!isPassing(error) || !(await passed(session, error, signal))) {
          throw error;
        }
      }
    }
  }

  drop(): void {
    remove(this.session, this.path);
  }

  /** What was asked before the question stands in the answer, or will never be done. */
  private async wasApplied(lost: CoterieError, signal: AbortSignal): Promise<boolean> {
    const { session, path } = this;
    try {
      const look = async (): Promise<Stat | null> => {
        await session.sync({ signal });
        return session.exists(path, { signal });
      };
      const stat = await persist(session, look, signal);
      if (stat === null) throw lost;
      const isApplied = stat.version !== this.version;
      this.version = stat.version;
      return isApplied;
    } catch (error) {
      if (error === lost) throw lost;
      const code = error instanceof CoterieError ? error.code : lost.code;
      throw new CoterieError(code, `whether a write was applied could not be found out: ${lost.message}`, {
        cause: error,
        outcome: "unknown",
      });
    }
  }
}

function remove(session: Session, path: string): void {
  // Nobody waits for that: it goes on until the znode is gone, or its session.
  leavePlace(session, path).catch(() => undefined);
}
