import type { Clock, MonotonicMs, Timer, WallTimeMs } from "@coterie/interface";

/** Time that goes on when a test says so; turns come by themselves. */
export class ManualClock implements Clock {
  private elapsedMs = 0;
  private timers: { readonly dueMs: number; readonly callback: () => void }[] = [];

  nowMs(): MonotonicMs {
    return this.elapsedMs as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return Math.floor(this.elapsedMs) as WallTimeMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.elapsedMs + delayMs, callback };
    this.timers.push(timer);
    return { cancel: () => void (this.timers = this.timers.filter((other) => other !== timer)) };
  }

  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }

  advance(ms: number): void {
    this.elapsedMs += ms;
    const due = this.timers.filter(({ dueMs }) => dueMs <= this.elapsedMs);
    this.timers = this.timers.filter(({ dueMs }) => dueMs > this.elapsedMs);
    for (const { callback } of due) callback();
  }
}
