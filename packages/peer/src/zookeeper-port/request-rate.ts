/** Requests in a second that a port may be told to allow, at least: then no wait is longer than 100 ms, and no session notices. */
export const REQUESTS_PER_SECOND_MIN = 10;

/** Who has to wait does so for at least as long, so that a high rate does not wake the peer for each request. */
const WAIT_MIN_MS = 20;

/** How many requests a second are taken in: a second's worth at once, and then as many as time brings. */
export class RequestRate {
  private readonly perSecondMax: number;
  private left: number;
  private lastMs: number;

  /** `nowMs` here and below: of a monotonic clock. */
  constructor(perSecondMax: number, nowMs: number) {
    this.perSecondMax = perSecondMax;
    this.left = perSecondMax;
    this.lastMs = nowMs;
  }

  /** Whether one more may be taken in now; it is counted then. */
  take(nowMs: number): boolean {
    const { perSecondMax } = this;
    this.left = Math.min(perSecondMax, this.left + ((nowMs - this.lastMs) * perSecondMax) / 1_000);
    this.lastMs = nowMs;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }

  /** How long the next has to wait where `take` has just said no. */
  get waitMs(): number {
    return Math.max(WAIT_MIN_MS, ((1 - this.left) * 1_000) / this.perSecondMax);
  }
}
