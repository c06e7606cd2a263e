/** Something that changes in this process, for which many may wait. */
export class Condition {
  private readonly waiters = new Set<() => void>();

  /** Lets those who wait look again. */
  changed(): void {
    for (const look of this.waiters) look();
  }

  /** Resolves when `isSo` gives true; rejects with what it throws, and with the signal's reason. */
  until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.waiters.delete(look);
        signal.removeEventListener("abort", look);
      };
      const look = (): void => {
        try {
          signal.throwIfAborted();
          if (!isSo()) return;
          end();
          resolve();
        } catch (error) {
          end();
          reject(error);
        }
      };
      this.waiters.add(look);
      signal.addEventListener("abort", look);
      look();
    });
  }
}
