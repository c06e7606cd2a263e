import type { Clock, MonotonicMs, Timer, WallTimeMs } from "@coterie/interface";

interface Waiting {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that goes on by a millisecond and a turn when it is told to. */
export class SteppedClock implements Clock {
  private elapsedMs = 0;
  private turns: (() => void)[] = [];
  private readonly timers = new Set<Waiting>();

  nowMs(): MonotonicMs {
    return this.elapsedMs as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return this.elapsedMs as WallTimeMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.elapsedMs + delayMs, callback };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  nextTurn(callback: () => void): void {
    this.turns.push(callback);
  }

  /** Promises that the callbacks settled have run when this resolves. */
  async step(): Promise<void> {
    this.elapsedMs += 1;
    const turns = this.turns;
    this.turns = [];
    for (const callback of turns) callback();
    const due = [...this.timers].filter(({ dueMs }) => dueMs <= this.elapsedMs);
    for (const timer of due.sort((one, other) => one.dueMs - other.dueMs)) {
      if (this.timers.delete(timer)) timer.callback();
    }
    for (let round = 0; round < 5; round++) await Promise.resolve();
  }
}
