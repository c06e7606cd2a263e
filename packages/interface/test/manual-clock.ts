import type { Clock, MonotonicMs, Timer, WallTimeMs } from "../src/index.ts";

interface Waiting extends Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that goes on only when it is told to: the least that satisfies `Clock`. */
export class ManualClock implements Clock {
  private elapsedMs = 0;
  private turns: (() => void)[] = [];
  private timers: Waiting[] = [];

  nowMs(): MonotonicMs {
    return this.elapsedMs as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return Math.floor(this.elapsedMs) as WallTimeMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const cancel = (): void => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
    const timer: Waiting = { dueMs: this.elapsedMs + delayMs, callback, cancel };
    this.timers.push(timer);
    return timer;
  }

  nextTurn(callback: () => void): void {
    this.turns.push(callback);
  }

  /** Runs turns until none is left; what a turn adds to the next one runs too. */
  settle(): void {
    for (let turn = this.turns; turn.length > 0; turn = this.turns) {
      this.turns = [];
      for (const callback of turn) callback();
    }
  }

  /** Lets time pass, timer by timer, in the order in which they are due. */
  advance(ms: number): void {
    const endMs = this.elapsedMs + ms;
    for (;;) {
      // The sort is stable: timers that are due together keep the order in which they were set.
      const next = this.timers.toSorted((one, other) => one.dueMs - other.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.elapsedMs = Math.max(this.elapsedMs, next.dueMs);
      next.cancel();
      next.callback();
      this.settle();
    }
    this.elapsedMs = endMs;
  }
}
