import type { Clock, MonotonicMs } from "@coterie/interface";
import { STALL_DRAIN_TURNS, STALL_TICKS } from "../limits.ts";

/** What a turn finds out about the time before it. */
export interface Stall {
  /** How long the event loop, or the machine, stood still. */
  readonly durationMs: number;
  /** As much of it as the monotonic clock has counted: by so much deadlines are too early (R8). */
  readonly countedMs: number;
}

/**
 * When the next tick is due, and whether the event loop stood still before it. A tick that comes late is not made up for;
 * behind a stall it waits for some turns, so that what has arrived is read first: timers run before sockets are read.
 */
export class Ticker {
  private readonly clock: Clock;
  private readonly tickMs: number;
  private readonly wake: () => void;
  private lastMs: MonotonicMs;
  private dueMs: number;
  private wallOffsetMs: number;
  private wasStallTold = false;
  private drainTurns = 0;
  private cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, tickMs: number, wake: () => void) {
    this.clock = clock;
    this.tickMs = tickMs;
    this.wake = wake;
    this.lastMs = clock.nowMs();
    this.dueMs = this.lastMs + tickMs;
    this.wallOffsetMs = clock.wallTimeMs() - this.lastMs;
    this.schedule(this.lastMs);
  }

  /** A turn begins. Null if nothing stood still; the same stall is told once. */
  begin(nowMs: MonotonicMs): Stall | null {
    if (nowMs < this.dueMs) return null;
    if (this.drainTurns > 0) {
      this.drainTurns -= 1;
      if (this.drainTurns > 0) this.wake();
      return null;
    }
    if (this.wasStallTold) return null;
    const limitMs = STALL_TICKS * this.tickMs;
    const gapMs = nowMs - this.lastMs;
    // A machine that slept may not have counted it.
    const wallOffsetMs = this.clock.wallTimeMs() - nowMs;
    const jumpMs = wallOffsetMs - this.wallOffsetMs;
    this.wallOffsetMs = wallOffsetMs;
    const countedMs = gapMs > limitMs ? gapMs : 0;
    const durationMs = countedMs + (jumpMs > limitMs ? jumpMs : 0);
    if (durationMs === 0) return null;
    this.wasStallTold = true;
    this.drainTurns = STALL_DRAIN_TURNS;
    this.wake();
    return { durationMs, countedMs };
  }

  /** Whether this turn has a tick; then the next one is set. */
  take(nowMs: MonotonicMs): boolean {
    if (nowMs < this.dueMs || this.drainTurns > 0) return false;
    this.wasStallTold = false;
    this.lastMs = nowMs;
    const isLate = nowMs - this.dueMs >= this.tickMs;
    this.dueMs = (isLate ? nowMs : this.dueMs) + this.tickMs;
    this.schedule(nowMs);
    return true;
  }

  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private schedule(nowMs: MonotonicMs): void {
    this.stop();
    const timer = this.clock.setTimer(Math.max(0, this.dueMs - nowMs), () => this.wake());
    this.cancelTimer = () => timer.cancel();
  }
}
