import type { Clock } from "@coterie/interface";
import { randomFraction } from "../hold/random.ts";

export interface Backoff {
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

/** Beyond it the longest pause is reached, whatever the shortest. */
const DOUBLINGS_MAX = 30;

/** How long to wait before each attempt to open a session. */
export class Pauses {
  private readonly backoff: Backoff;
  /** That of the session that was lost last. */
  private clock: Clock | null = null;
  private attempts = 0;

  constructor(backoff: Backoff) {
    this.backoff = backoff;
  }

  /** There was a session before. */
  get hasBegun(): boolean {
    return this.clock !== null;
  }

  lost(clock: Clock, lastedMs: number): void {
    this.clock = clock;
    if (lastedMs > this.backoff.backoffMaxMs) this.attempts = 0;
  }

  /** Resolves when the next attempt is due, and with the abort. The first of all is due at once. */
  next(signal: AbortSignal): Promise<void> {
    const { clock } = this;
    if (clock === null || signal.aborted) return Promise.resolve();
    const { backoffMinMs, backoffMaxMs } = this.backoff;
    const longestMs = Math.min(backoffMinMs * 2 ** Math.min(this.attempts, DOUBLINGS_MAX), backoffMaxMs);
    this.attempts += 1;
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", end);
        resolve();
      };
      // Those who have lost their sessions together do not come back together.
      const timer = clock.setTimer(longestMs * (0.5 + randomFraction() / 2), end);
      signal.addEventListener("abort", end);
    });
  }
}
