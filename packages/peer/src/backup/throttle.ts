import type { Clock } from "@coterie/interface";

/** Lets no more than so many bytes pass in a second, in the long run; a piece waits for those before it. */
export class Throttle {
  private readonly clock: Clock;
  private readonly bytesPerSecond: number;
  private readonly signals: readonly AbortSignal[];
  private nextMs: number;

  constructor(clock: Clock, bytesPerSecond: number, signals: readonly AbortSignal[]) {
    this.clock = clock;
    this.bytesPerSecond = bytesPerSecond;
    this.signals = signals;
    this.nextMs = clock.nowMs();
  }

  /** Rejects with the reason of the first signal that says to end. */
  async pass(sizeBytes: number): Promise<void> {
    for (const signal of this.signals) signal.throwIfAborted();
    const nowMs = this.clock.nowMs();
    const delayMs = this.nextMs - nowMs;
    this.nextMs = Math.max(nowMs, this.nextMs) + (sizeBytes / this.bytesPerSecond) * 1000;
    if (delayMs > 0) await this.wait(delayMs);
  }

  private wait(delayMs: number): Promise<void> {
    const { signals } = this;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        timer.cancel();
        for (const signal of signals) signal.removeEventListener("abort", done);
        const ended = signals.find(({ aborted }) => aborted);
        // An abort rejects with whatever its reason is.
        if (ended === undefined) resolve();
        else reject(ended.reason as Error);
      };
      const timer = this.clock.setTimer(Math.min(delayMs, 2 ** 31 - 1), done);
      for (const signal of signals) signal.addEventListener("abort", done, { once: true });
    });
  }
}
