import type { Clock, MonotonicMs, Timer, WallTimeMs } from "@coterie/interface";

interface Waiting {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Times are added up in parts that are no whole numbers. */
const ROUNDING_MS = 1e-6;

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

  /** Lets time pass, from one timer to the next, with a turn after each. */
  async advance(ms: number): Promise<void> {
    const endMs = this.elapsedMs + ms;
    for (let next = this.nextDue(endMs); next !== null; next = this.nextDue(endMs)) {
      this.elapsedMs = Math.max(this.elapsedMs, next.dueMs);
      next.callback();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.elapsedMs = endMs;
  }

  /** As a machine that was stopped: all this time passes before anything happens. */
  jump(ms: number): void {
    this.elapsedMs += ms;
  }

  private nextDue(endMs: number): Waiting | null {
    const [first] = this.waiting.toSorted((one, other) => one.dueMs - other.dueMs);
    if (first === undefined || first.dueMs > endMs + ROUNDING_MS) return null;
    this.waiting = this.waiting.filter((other) => other !== first);
    return first;
  }
}
