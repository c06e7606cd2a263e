import type { Clock } from "@coterie/interface";

/** Lets no more than so many bytes pass in a second, in the long run; a piece waits for those before it. */
export class Throttle {
  private readonly clock: Clock;
  private readonly bytesPerSecond: number;
  private readonly signal: AbortSignal | undefined;
  private nextMs: number;

  constructor(clock: Clock, bytesPerSecond: number, signal: AbortSignal | undefined) {
    this.clock = clock;
    this.bytesPerSecond = bytesPerSecond;
    this.signal = signal;
    this.nextMs = clock.nowMs();
  }

  /** Rejects with the signal's reason. */
  async pass(sizeBytes: number): Promise<void> {
    this.signal?.throwIfAborted();
    const nowMs = this.clock.nowMs();
    const delayMs = this.nextMs - nowMs;
    this.nextMs = Math.max(nowMs, this.nextMs) + (sizeBytes / this.bytesPerSecond) * 1000;
    if (delayMs > 0) await this.wait(delayMs);
  }

  private wait(delayMs: number): Promise<void> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        timer.cancel();
        signal?.removeEventListener("abort", done);
        // An abort rejects with whatever its reason is.
        if (signal?.aborted === true) reject(signal.reason as Error);
        else resolve();
      };
      const timer = this.clock.setTimer(Math.min(delayMs, 2 ** 31 - 1), done);
      signal?.addEventListener("abort", done, { once: true });
    });
  }
}
