import { checkInteger, checkOptions, CoterieError, type OptionKinds } from "@coterie/interface";
import type { Session, SessionState } from "@coterie/session";
import { offAbort, onAbort } from "../calls/on-abort.ts";
import { orAborted } from "../calls/or-aborted.ts";
import { isPassing } from "../calls/retry.ts";
import { checkSignal } from "../calls/wait.ts";
import { Backoff, type BackoffLimits } from "./backoff.ts";

export interface SustainOptions {
  /** An abort ends it: `run`'s signal is aborted, and so is the opening of a session. */
  readonly signal?: AbortSignal;
  /**
   * The longest pause before the first attempt to open another session, 1..3,600,000. It doubles with each attempt, and begins
   * anew where a session has lasted longer than `backoffMaxMs`. What is waited is drawn from its upper half. Default: 100.
   */
  readonly backoffMinMs?: number;
  /** The longest pause of all, `backoffMinMs`..3,600,000. Default: 10,000. */
  readonly backoffMaxMs?: number;
}

const OPTIONS: OptionKinds<SustainOptions> = { signal: "any", backoffMinMs: "number", backoffMaxMs: "number" };
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 10_000;
const PAUSE_LIMIT_MS = 3_600_000;

/**
 * Runs `run` with a session that `open` gives; when that session is lost, with another one, and so on: what lives on one session,
 * as every recipe does, is begun anew in `run` and so outlives sessions.
 *
 * Resolves with what `run` resolves with while its session is not lost; rejects with what it rejects with then. Where the session
 * was lost meanwhile, neither counts: so `run` may do its work more than once. Its signal is aborted when its session is lost, with the
 * reason of that, and when `options.signal` is, with ABORTED. It is always waited for, so that never two sessions are at work
 * at a time: `run` should end soon when its signal is aborted.
 *
 * What `open` rejects with at first rejects. Later, what is retryable is tried again with pauses; what is not rejects. Every session
 * that was opened is closed before the next one is opened, and before this settles; except one that `open` gives behind an abort:
 * that is closed as soon as it is there, and not waited for, so `open` should end when its signal is aborted.
 * @throws CoterieError BAD_ARGUMENTS, as a rejection
 */
export async function sustain<Result>(
  open: (signal: AbortSignal) => Promise<Session>,
  run: (session: Session, signal: AbortSignal) => Promise<Result>,
  options: SustainOptions = {},
): Promise<Result> {
  const backoff = new Backoff(checked(open, run, options));
  const { signal: outer } = options;
  const controller = new AbortController();
  const { signal } = controller;
  const abort = (): void => {
    controller.abort(new CoterieError("ABORTED", "sustaining was given up", { cause: outer?.reason }));
  };
  if (outer?.aborted === true) abort();
  else if (outer !== undefined) onAbort(outer, abort);
  try {
    for (;;) {
      const session = await openSession(open, backoff, signal);
      const openedMs = session.clock.nowMs();
      const ended = await runWith(session, run, signal);
      if (ended.kind === "done") return ended.result;
      if (ended.kind === "failed") throw signal.aborted ? signal.reason : ended.error;
      backoff.lost(session.clock, session.clock.nowMs() - openedMs);
    }
  } finally {
    if (outer !== undefined) offAbort(outer, abort);
  }
}

function checked(open: unknown, run: unknown, options: SustainOptions): BackoffLimits {
  if (typeof open !== "function" || typeof run !== "function") {
    throw new CoterieError("BAD_ARGUMENTS", "sustain takes a function that opens a session, and one that runs with it");
  }
  checkOptions("sustain", options, OPTIONS);
  const { signal } = options;
  checkSignal("sustain", signal === undefined ? {} : { signal });
  const backoffMinMs = checkInteger("backoffMinMs", options.backoffMinMs ?? BACKOFF_MIN_MS, 1, PAUSE_LIMIT_MS);
  const longestMs = options.backoffMaxMs ?? Math.max(BACKOFF_MAX_MS, backoffMinMs);
  return { backoffMinMs, backoffMaxMs: checkInteger("backoffMaxMs", longestMs, backoffMinMs, PAUSE_LIMIT_MS) };
}

async function openSession(
  open: (signal: AbortSignal) => Promise<Session>,
  backoff: Backoff,
  signal: AbortSignal,
): Promise<Session> {
  for (;;) {
    await backoff.next(signal);
    signal.throwIfAborted();
    try {
      return await unlessAborted(open, signal);
    } catch (error) {
      signal.throwIfAborted();
      // At first it is wrong options, mostly, or an ensemble that is not there: whoever started this shall hear of it.
      if (!backoff.hasBegun || !isPassing(error)) throw error;
    }
  }
}

/** One that is opened too late is closed. */
async function unlessAborted(open: (signal: AbortSignal) => Promise<Session>, signal: AbortSignal): Promise<Session> {
  const opening = open(signal);
  try {
    return await orAborted(signal, opening);
  } catch (error) {
    opening.then(
      (late) => late.close(),
      () => undefined,
    );
    throw error;
  }
}

type Ended<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "lost" };

async function runWith<Result>(
  session: Session,
  run: (session: Session, signal: AbortSignal) => Promise<Result>,
  outer: AbortSignal,
): Promise<Ended<Result>> {
  const controller = new AbortController();
  const stateChanged = (state: SessionState, reason: CoterieError | null): void => {
    if (state === "lost") controller.abort(reason ?? new CoterieError("SESSION_EXPIRED"));
  };
  const abort = (): void => controller.abort(outer.reason);
  session.on("state", stateChanged);
  if (outer.aborted) abort();
  else onAbort(outer, abort);
  try {
    if (isLost(session)) return { kind: "lost" };
    const result = await run(session, controller.signal);
    return isLost(session) ? { kind: "lost" } : { kind: "done", result };
  } catch (error) {
    return isLost(session) ? { kind: "lost" } : { kind: "failed", error };
  } finally {
    session.off("state", stateChanged);
    offAbort(outer, abort);
    await session.close();
  }
}

function isLost({ state }: Session): boolean {
  return state === "lost";
}
