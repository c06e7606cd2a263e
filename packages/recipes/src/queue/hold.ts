import { CoterieError } from "@coterie/interface";
import type { Session, SessionState, Transaction } from "@coterie/session";
import { leavePlace, type Place } from "./place.ts";
import { isOver } from "../calls/retry.ts";
import { untilGone } from "../calls/until.ts";

/**
 * What is held: a lock, a lease, a leadership. It is held as long as its znode is there, which its session owns.
 *
 * What a holder can still do that was frozen beyond its session's timeout: everything that it does not ask the ensemble for. So
 * give `token` to what it works on, and let that refuse a smaller one than it has seen (fencing); or write with `guard`.
 */
export interface Hold extends AsyncDisposable {
  readonly path: string;
  /** The fencing token: the czxid of its znode. Larger than that of every earlier holder. */
  readonly token: number;
  /**
   * Aborted as soon as this process knows that it is held no more: it was released, its session is lost, or its znode was
   * deleted by somebody else. The reason is a CoterieError NOT_HELD, whose `cause` says why.
   */
  readonly signal: AbortSignal;
  /**
   * Adds to a transaction that it fails (NO_NODE) if this is held no more when it is applied. Returns it.
   *
   * What is checked is that the znode of this name is there: it is unique, and nobody makes another one who does not mean to.
   * @throws CoterieError NOT_HELD if this process knows already that it is held no more
   */
  guard(transaction: Transaction): Transaction;
  /**
   * Lets go, once: resolves when the znode is gone, or its session, tried for as long as that takes. Rejects only with what no
   * patience mends, as NO_AUTH.
   */
  release(): Promise<void>;
}

/** What work is given that is done while something is held. */
export type Leadership = Pick<Hold, "path" | "token" | "signal" | "guard">;

/** Its signal aborts also with that of the wait that the work is a part of. */
export function leadershipOf(hold: Hold, outer: AbortSignal): Leadership {
  const { path, token } = hold;
  const signal = AbortSignal.any([hold.signal, outer]);
  return { path, token, signal, guard: (transaction) => hold.guard(transaction) };
}

/** The hold of a place whose turn has come. */
export function createHold(session: Session, place: Place): Hold {
  return new PlaceHold(session, place);
}

class PlaceHold implements Hold {
  readonly path: string;
  readonly token: number;
  private readonly session: Session;
  private readonly controller = new AbortController();
  private readonly looking = new AbortController();
  private releasing: Promise<void> | null = null;
  private readonly stateChanged: (state: SessionState, reason: CoterieError | null) => void;

  constructor(session: Session, { path, token }: Place) {
    this.session = session;
    this.path = path;
    this.token = token;
    this.stateChanged = (state, reason) => {
      if (state === "lost" || state === "closed") this.end("its session is over", reason);
    };
    session.on("state", this.stateChanged);
    if (isOver(session)) this.end("its session is over", null);
    else void this.look();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  guard(transaction: Transaction): Transaction {
    this.signal.throwIfAborted();
    return transaction.check(this.path);
  }

  release(): Promise<void> {
    this.end("it was released", null);
    this.releasing ??= leavePlace(this.session, this.path);
    return this.releasing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  private end(why: string, cause: unknown): void {
    if (this.signal.aborted) return;
    this.session.off("state", this.stateChanged);
    this.looking.abort();
    const options = cause === null ? { path: this.path } : { path: this.path, cause };
    this.controller.abort(new CoterieError("NOT_HELD", `${this.path} is held no more: ${why}`, options));
  }

  /** Whether somebody else deletes the znode. */
  private async look(): Promise<void> {
    const { session, path } = this;
    const { signal } = this.looking;
    try {
      await untilGone(session, path, signal);
      if (!signal.aborted) this.end("its znode was deleted", null);
    } catch (error) {
      // Over already; or it may not look, and then it is held until its session is lost, which is heard.
      if (!signal.aborted && isOver(session)) this.end("its session is over", error);
    }
  }
}
