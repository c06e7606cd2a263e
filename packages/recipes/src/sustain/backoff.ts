import type { Clock } from "@coterie/interface";
import { pause } from "../calls/pause.ts";
import { randomFraction } from "../calls/random.ts";

export interface BackoffLimits {
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

/** Beyond it the longest pause is reached, whatever the shortest. */
const DOUBLINGS_MAX = 30;

/** How long to wait before each attempt to open a session. */
export class Backoff {
  private readonly limits: BackoffLimits;
  /** That of the session that was lost last. */
  private clock: Clock | null = null;
  private attempts = 0;

  constructor(limits: BackoffLimits) {
    this.limits = limits;
  }

  /** There was a session before. */
  get hasBegun(): boolean {
    return this.clock !== null;
  }

  lost(clock: Clock, lastedMs: number): void {
    this.clock = clock;
    if (lastedMs > this.limits.backoffMaxMs) this.attempts = 0;
  }

  /** Resolves when the next attempt is due, and with the abort. The first of all is due at once. */
  async next(signal: AbortSignal): Promise<void> {
    const { clock } = this;
    if (clock === null || signal.aborted) return;
    const { backoffMinMs, backoffMaxMs } = this.limits;
    const longestMs = Math.min(backoffMinMs * 2 ** Math.min(this.attempts, DOUBLINGS_MAX), backoffMaxMs);
    this.attempts += 1;
    // Those who have lost their sessions together do not come back together.
    await pause(clock, longestMs * (0.5 + randomFraction() / 2), signal);
  }
}
