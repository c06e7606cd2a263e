import type { Clock, MonotonicMs, Timer, WallTimeMs } from "@coterie/interface";

interface Waiting extends Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that goes on only when it is told to. */
export class ManualClock implements Clock {
  private elapsedMs = 0;
  private timers: Waiting[] = [];

  get timerCount(): number {
    return this.timers.length;
  }

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
    queueMicrotask(callback);
  }

  /** Lets time pass, timer by timer, in the order in which they are due. */
  advance(ms: number): void {
    const endMs = this.elapsedMs + ms;
    for (;;) {
      const next = this.timers.toSorted((one, other) => one.dueMs - other.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.elapsedMs = Math.max(this.elapsedMs, next.dueMs);
      next.cancel();
      next.callback();
    }
    this.elapsedMs = endMs;
  }
}
