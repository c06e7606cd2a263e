import { CoterieError, type Timer } from "@coterie/interface";
import type { Session } from "@coterie/session";

/** What may end a wait before what it waits for has come. */
export interface WaitOptions {
  /** An abort rejects with ABORTED, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds from the call on; then it rejects with OPERATION_TIMEOUT. Default: none, it waits for as long as it takes. */
  readonly deadlineMs?: number;
}

/** One wait: a signal for everything that it does, and the error that it rejects with when that is aborted. */
export class Wait {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal | undefined;
  private readonly timer: Timer | null;
  private readonly abort: () => void;

  constructor({ clock }: Session, what: string, { signal, deadlineMs = Infinity }: WaitOptions) {
    this.signal = this.controller.signal;
    this.outer = signal;
    this.abort = () => {
      const cause: unknown = signal?.reason;
      this.controller.abort(new CoterieError("ABORTED", `${what} was given up`, { cause }));
    };
    if (signal?.aborted === true) this.abort();
    signal?.addEventListener("abort", this.abort);
    const late = (): void => {
      this.controller.abort(new CoterieError("OPERATION_TIMEOUT", `${what} took longer than ${deadlineMs} ms`));
    };
    this.timer = deadlineMs === Infinity ? null : clock.setTimer(Math.max(0, deadlineMs), late);
  }

  /** What to reject with: the end of this wait explains what has failed because of it. */
  reason(error: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : error;
  }

  end(): void {
    this.timer?.cancel();
    this.outer?.removeEventListener("abort", this.abort);
  }
}

/** Runs `work` as one wait. */
export async function waiting<Value>(
  session: Session,
  what: string,
  options: WaitOptions,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const wait = new Wait(session, what, options);
  try {
    wait.signal.throwIfAborted();
    return await work(wait.signal);
  } catch (error) {
    throw wait.reason(error);
  } finally {
    wait.end();
  }
}
