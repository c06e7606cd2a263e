import { checkOptions, type Clock, CoterieError, type OptionKinds, shownOf, type Timer } from "@coterie/interface";
import type { Session } from "@coterie/session";

/** What may end a wait before what it waits for has come. */
export interface WaitOptions {
  /** An abort rejects with ABORTED, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds from the call on; then it rejects with OPERATION_TIMEOUT; for 0 and less nothing is sent. Default: Infinity, it
   * waits for as long as it takes.
   */
  readonly deadlineMs?: number;
}

const WAIT: OptionKinds<WaitOptions> = { signal: "any", deadlineMs: "number" };
const SIGNAL: OptionKinds<Pick<WaitOptions, "signal">> = { signal: "any" };

/** What a clock's timer takes; a later deadline is waited for in pieces. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** For what is ended by its signal alone, as an iteration. @throws CoterieError BAD_ARGUMENTS */
export function checkSignal(whose: string, options: Pick<WaitOptions, "signal">): void {
  checkAll(whose, options, SIGNAL);
}

/** Where something is done before the wait begins, which checks this itself. @throws CoterieError BAD_ARGUMENTS */
export function checkWait(whose: string, options: WaitOptions): void {
  checkAll(whose, options, WAIT);
}

function checkAll(whose: string, options: WaitOptions, kinds: Partial<OptionKinds<WaitOptions>>): void {
  checkOptions(whose, options, kinds);
  const { signal, deadlineMs } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new CoterieError("BAD_ARGUMENTS", `signal is ${shownOf(signal)}, and has to be an AbortSignal`);
  }
  if (deadlineMs !== undefined && Number.isNaN(deadlineMs)) {
    throw new CoterieError("BAD_ARGUMENTS", "deadlineMs is NaN: give a number of milliseconds, or Infinity for none");
  }
}

/** One wait: a signal for everything that it does, and the error that it rejects with when that is aborted. */
export class Wait {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal | undefined;
  private readonly abort: () => void;
  private timer: Timer | null = null;

  /** @throws CoterieError BAD_ARGUMENTS */
  constructor({ clock }: Session, what: string, options: WaitOptions) {
    checkWait(what, options);
    const { signal, deadlineMs = Infinity } = options;
    this.signal = this.controller.signal;
    this.outer = signal;
    this.abort = () => {
      const cause: unknown = signal?.reason;
      this.controller.abort(new CoterieError("ABORTED", `${what} was given up`, { cause }));
    };
    const late = (): void => {
      this.controller.abort(new CoterieError("OPERATION_TIMEOUT", `${what} took longer than ${deadlineMs} ms`));
    };
    if (signal?.aborted === true) this.abort();
    else if (deadlineMs <= 0) late();
    signal?.addEventListener("abort", this.abort);
    if (deadlineMs < Infinity && !this.signal.aborted) this.arm(clock, clock.nowMs() + deadlineMs, late);
  }

  /** What to reject with: the end of this wait explains what has failed because of it. */
  reason(error: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : error;
  }

  end(): void {
    this.timer?.cancel();
    this.outer?.removeEventListener("abort", this.abort);
  }

  private arm(clock: Clock, dueMs: number, late: () => void): void {
    const leftMs = dueMs - clock.nowMs();
    this.timer = clock.setTimer(Math.min(Math.max(0, leftMs), TIMER_MAX_MS), () => {
      if (clock.nowMs() >= dueMs) late();
      else this.arm(clock, dueMs, late);
    });
  }
}

/** Waits for what goes on by itself, as long as it is waited for: then it goes on alone. */
export function unlessGivenUp(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      signal.removeEventListener("abort", end);
      resolve();
    };
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    // A rejection that comes behind the end is heard, too, and says nothing to anybody.
    work.then(end, reject);
  });
}

/** Runs `work` as one wait. Rejects with BAD_ARGUMENTS for options that are none. */
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
