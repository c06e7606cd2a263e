import type { Clock, MonotonicMs, Timer, WallTimeMs } from "@coterie/interface";

interface Waiting {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock whose turns are real and whose time stands still until it is told to pass. */
export class HeldClock implements Clock {
  private elapsedMs = 0;
  private waiting: Waiting[] = [];

  get timerCount(): number {
    return this.waiting.length;
  }

  nowMs(): MonotonicMs {
    return this.elapsedMs as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return this.elapsedMs as WallTimeMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.elapsedMs + delayMs, callback };
    this.waiting.push(timer);
    const cancel = (): void => {
      this.waiting = this.waiting.filter((other) => other !== timer);
    };
    return { cancel };
  }

  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }

  advance(ms: number): void {
    this.elapsedMs += ms;
    const due = this.waiting.filter(({ dueMs }) => dueMs <= this.elapsedMs);
    this.waiting = this.waiting.filter(({ dueMs }) => dueMs > this.elapsedMs);
    for (const { callback } of due) callback();
  }
}
