import type { Clock, Timer } from "@coterie/interface";

const DELAY_MIN_MS = 50;
const DELAY_MAX_MS = 1_000;

/** When to try again: at once after a success, then later and later. */
export class BackOff {
  private readonly clock: Clock;
  private readonly tryAgain: () => void;
  private timer: Timer | null = null;
  private delayMs = 0;

  constructor(clock: Clock, tryAgain: () => void) {
    this.clock = clock;
    this.tryAgain = tryAgain;
  }

  /** Whether one may try now. */
  get isOver(): boolean {
    return this.timer === null;
  }

  succeeded(): void {
    this.cancel();
    this.delayMs = 0;
  }

  failed(): void {
    const { delayMs } = this;
    this.delayMs = delayMs === 0 ? DELAY_MIN_MS : Math.min(delayMs * 2, DELAY_MAX_MS);
    if (delayMs === 0) return this.tryAgain();
    this.timer = this.clock.setTimer(delayMs, () => {
      this.timer = null;
      this.tryAgain();
    });
  }

  cancel(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}
