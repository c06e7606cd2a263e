import { offAbort, onAbort } from "./on-abort.ts";

/** Something that changes in this process, for which many may wait. */
export class Condition {
  private readonly waiters = new Set<() => void>();

  /** Lets those who wait look again. */
  changed(): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const wake of waiters) wake();
  }

  /** Resolves when `isSo` gives true; rejects with what it throws, and with the signal's reason. */
  async until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (isSo()) return;
      await this.next(signal);
    }
  }

  /** Resolves with the next change, or the abort. */
  private next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiters.delete(wake);
        offAbort(signal, wake);
        resolve();
      };
      this.waiters.add(wake);
      onAbort(signal, wake);
    });
  }
}
