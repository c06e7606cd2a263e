import type { Clock, Timer } from "@coterie/interface";

/** Something that has until `dueMs` of the clock. */
export interface Dated {
  dueMs: number;
  /** Where it stands among the others; `Deadlines` alone writes it, -1 for nowhere. */
  slot: number;
  expired(): void;
}

/** What a clock's timer takes; a later deadline is waited for in pieces. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * The deadlines of everything that one session waits for, on one timer: a heap by due time, from which what is answered is
 * taken out at once, so that nothing answered is held on to. The timer is left alone when the earliest deadline goes: it
 * runs for nothing once, which is cheaper than a timer a call.
 */
export class Deadlines {
  private readonly clock: Clock;
  private readonly heap: Dated[] = [];
  private timer: Timer | null = null;
  private timerDueMs = Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.heap.length;
  }

  add(dated: Dated): void {
    this.heap.push(dated);
    this.place(dated, this.heap.length - 1);
    this.rise(dated);
    if (dated.dueMs < this.timerDueMs) this.setTimer(dated.dueMs);
  }

  /** Does nothing for what is not there. */
  remove(dated: Dated): void {
    const { slot } = dated;
    if (slot < 0) return;
    dated.slot = -1;
    const last = this.heap.pop() as Dated;
    if (last === dated) return;
    this.place(last, slot);
    this.rise(last);
    this.sink(last);
  }

  /** Nothing waits, and nothing will. */
  stop(): void {
    this.timer?.cancel();
    this.timer = null;
    this.timerDueMs = Infinity;
  }

  private setTimer(dueMs: number): void {
    this.timer?.cancel();
    this.timerDueMs = dueMs;
    const delayMs = Math.min(Math.max(dueMs - this.clock.nowMs(), 0), TIMER_MAX_MS);
    this.timer = this.clock.setTimer(delayMs, () => this.run());
  }

  private run(): void {
    this.timer = null;
    this.timerDueMs = Infinity;
    const nowMs = this.clock.nowMs();
    for (let first = this.heap[0]; first !== undefined && first.dueMs <= nowMs; first = this.heap[0]) {
      this.remove(first);
      first.expired();
    }
    const next = this.heap[0];
    if (next !== undefined && next.dueMs < this.timerDueMs) this.setTimer(next.dueMs);
  }

  private place(dated: Dated, slot: number): void {
    this.heap[slot] = dated;
    dated.slot = slot;
  }

  private rise(dated: Dated): void {
    while (dated.slot > 0) {
      const parent = this.heap[(dated.slot - 1) >> 1] as Dated;
      if (parent.dueMs <= dated.dueMs) return;
      this.swap(parent, dated);
    }
  }

  private sink(dated: Dated): void {
    for (;;) {
      const left = this.heap[2 * dated.slot + 1];
      const right = this.heap[2 * dated.slot + 2];
      const child = right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child === undefined || child.dueMs >= dated.dueMs) return;
      this.swap(dated, child);
    }
  }

  /** `above` and `below` change places. */
  private swap(above: Dated, below: Dated): void {
    const { slot } = above;
    this.place(above, below.slot);
    this.place(below, slot);
  }
}
