import type { Clock } from "@coterie/interface";

/** What the wall clock runs ahead by at once when that counts as a suspend of the machine. Less is a clock that is set right. */
const LEAP_MIN_MS = 1_000;

/**
 * Time that has passed, in milliseconds, suspends of the machine included: a monotonic clock may stand still in them, and then
 * only the wall clock shows them, in a leap (design, R8). A wall clock that is set forward by as much looks the same.
 */
export class Elapsed {
  private readonly clock: Clock;
  private leaptMs = 0;
  private wallOffsetMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.wallOffsetMs = clock.wallTimeMs() - clock.nowMs();
  }

  nowMs(): number {
    return this.at(this.clock.nowMs());
  }

  /** As `nowMs`, where the clock has just been looked at. */
  at(nowMs: number): number {
    const wallOffsetMs = this.clock.wallTimeMs() - nowMs;
    const leapMs = wallOffsetMs - this.wallOffsetMs;
    if (leapMs >= LEAP_MIN_MS) this.leaptMs += leapMs;
    this.wallOffsetMs = wallOffsetMs;
    return nowMs + this.leaptMs;
  }
}
