import type { Timer } from "@coterie/interface";

interface Waiting {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Timers that wait, the next one first; those that are due together in the order in which they were set. */
export class Timers {
  private readonly waiting: Waiting[] = [];

  set(dueMs: number, callback: () => void): Timer {
    const timer: Waiting = { dueMs, callback };
    this.waiting.splice(this.placeOf(dueMs), 0, timer);
    return {
      cancel: () => {
        const index = this.waiting.indexOf(timer);
        if (index >= 0) this.waiting.splice(index, 1);
      },
    };
  }

  /** Of the next one; Infinity if none waits. */
  get nextMs(): number {
    return this.waiting[0]?.dueMs ?? Infinity;
  }

  take(): (() => void) | null {
    return this.waiting.shift()?.callback ?? null;
  }

  /** Behind all that are due no later. */
  private placeOf(dueMs: number): number {
    let [from, to] = [0, this.waiting.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.waiting[middle]!.dueMs <= dueMs) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
