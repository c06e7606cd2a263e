import type { MonotonicMs, WallTimeMs } from "./units.ts";

/** A timer that is waiting. */
export interface Timer {
  /** From here on the callback is not called any more. Does nothing for a timer that has run or was cancelled. */
  cancel(): void;
}

/**
 * Time, timers and the turns of the event loop. Whoever needs one of them is given a Clock, so that a test or the
 * simulator owns time. Pure code takes times as arguments instead.
 *
 * For correctness:
 * 1. `nowMs` never goes back and never jumps, whatever happens to the wall clock (R8, TR-11).
 * 2. No callback runs inside a call of this clock, and two callbacks never run inside each other.
 * 3. A timer never runs early by `nowMs`: where the platform's timers may, the clock looks again and waits on.
 * 4. A timer runs once at most. After `cancel` has returned it does not run.
 * 5. Timers that are due together run in the order of their deadlines, those with one deadline in the order in
 *    which they were set.
 * 6. What `nextTurn` was given runs after all input that waited when it was called has been handed out, in the
 *    order of the calls. Batches are made of turns (design, decision 5), and a peer that has stalled reads what has
 *    arrived before it expires anything (R8, SE-07).
 *
 * Whether waiting timers keep a process alive is settled where the clock is made, for all of them.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start, fractions included. It may or may not go on while a machine sleeps. */
  nowMs(): MonotonicMs;

  /** Milliseconds since the Unix epoch, an integer; may jump either way. For data and for noticing a jump. */
  wallTimeMs(): WallTimeMs;

  /**
   * Calls `callback` once, `delayMs` or somewhat more from now. `delayMs` is 0..2^31-1; a fraction is allowed.
   * The callback does not throw: the clock does not guard against it.
   */
  setTimer(delayMs: number, callback: () => void): Timer;

  /** Calls `callback` once, in the next turn of the event loop. It cannot be taken back, and does not throw. */
  nextTurn(callback: () => void): void;
}
