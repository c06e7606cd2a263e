import {
  checkOptions,
  type Clock,
  CoterieError,
  type CoterieErrorOptions,
  type OptionKinds,
  shownOf,
  type Timer,
} from "@coterie/interface";
import type { Session } from "@coterie/session";
import { offAbort, onAbort } from "./on-abort.ts";

/** What may end a wait before what it waits for has come. */
export interface WaitOptions {
  /** An abort rejects with ABORTED, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds from the call on; then it rejects with OPERATION_TIMEOUT, whose `cause` is what took so long, if that is known;
   * for 0 and less nothing is sent. Default: Infinity, it
   * waits for as long as it takes.
   */
  readonly deadlineMs?: number;
}

const WAIT: OptionKinds<WaitOptions> = { signal: "any", deadlineMs: "number" };
const SIGNAL: OptionKinds<Pick<WaitOptions, "signal">> = { signal: "any" };

/** Nothing was sent yet. */
const NOT_BEGUN = { outcome: "not-applied" } as const;

/** What a clock's timer takes; a later deadline is waited for in pieces. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** For what is ended by its signal alone, as an iteration. @throws CoterieError BAD_ARGUMENTS */
export function checkSignal(whose: string, options: Pick<WaitOptions, "signal">): void {
  checkAll(whose, options, SIGNAL);
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
    checkAll(what, options, WAIT);
    const { signal, deadlineMs = Infinity } = options;
    this.signal = this.controller.signal;
    this.outer = signal;
    const abort = (known: Pick<CoterieErrorOptions, "outcome">): void => {
      const cause: unknown = signal?.reason;
      this.controller.abort(new CoterieError("ABORTED", `${what} was given up`, { cause, ...known }));
    };
    const late = (known: Pick<CoterieErrorOptions, "outcome">): void => {
      this.controller.abort(new CoterieError("OPERATION_TIMEOUT", `${what} took longer than ${deadlineMs} ms`, known));
    };
    this.abort = () => abort({});
    if (signal?.aborted === true) abort(NOT_BEGUN);
    else if (deadlineMs <= 0) late(NOT_BEGUN);
    else if (signal !== undefined) onAbort(signal, this.abort);
    if (deadlineMs < Infinity && !this.signal.aborted) this.arm(clock, clock.nowMs() + deadlineMs, () => late({}));
  }

  /** What to reject with: the end of this wait explains what has failed because of it. */
  reason(error: unknown): unknown {
    const { aborted, reason } = this.signal as { readonly aborted: boolean; readonly reason: unknown };
    if (!aborted) return error;
    if (!(reason instanceof CoterieError) || reason.code !== "OPERATION_TIMEOUT") return reason;
    if (error === reason || (error instanceof Error && error.cause === reason)) return reason;
    // It took so long because of that. Its outcome is that of one call, and says nothing of those before it.
    return new CoterieError(reason.code, reason.message, { cause: error, outcome: reason.outcome });
  }

  end(): void {
    this.timer?.cancel();
    if (this.outer !== undefined) offAbort(this.outer, this.abort);
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
      offAbort(signal, end);
      resolve();
    };
    onAbort(signal, end);
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
