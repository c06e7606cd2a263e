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
 * Several ticks may come at once: to wake an idle process is most of what a tick costs.
 */
export class Ticker {
  private readonly clock: Clock;
  private readonly tickMs: number;
  private readonly wake: () => void;
  private lastMs: MonotonicMs;
  private together = 1;
  /** When the last of those that come together is due. */
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

  /** How many ticks come at once from now on: those that are due by then, if there are fewer than before. */
  setTogether(ticks: number): void {
    const fewer = this.together - ticks;
    this.together = ticks;
    if (fewer <= 0) return;
    this.dueMs -= fewer * this.tickMs;
    this.schedule(this.clock.nowMs());
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
    const limitMs = (STALL_TICKS + this.together - 1) * this.tickMs;
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

  /** How many ticks this turn has; if any, the next ones are set. */
  take(nowMs: MonotonicMs): number {
    if (nowMs < this.dueMs || this.drainTurns > 0) return 0;
    this.wasStallTold = false;
    this.lastMs = nowMs;
    const isLate = nowMs - this.dueMs >= this.tickMs;
    this.dueMs = (isLate ? nowMs : this.dueMs) + this.together * this.tickMs;
    this.schedule(nowMs);
    return this.together;
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
