/** Something that ends when a signal is aborted. */
export interface Abortable {
  aborted(reason: unknown): void;
}

/**
 * The signals of everything that one session waits for: one listener a signal, however many calls share it, and none when
 * the last of them has ended. A signal may live as long as the application.
 */
export class Signals {
  private readonly entries = new Map<AbortSignal, { readonly all: Set<Abortable>; readonly listener: () => void }>();

  get size(): number {
    return this.entries.size;
  }

  /** `signal` has not been aborted. */
  add(signal: AbortSignal, abortable: Abortable): void {
    const entry = this.entries.get(signal);
    if (entry !== undefined) {
      entry.all.add(abortable);
      return;
    }
    const all = new Set([abortable]);
    const listener = (): void => {
      this.entries.delete(signal);
      for (const each of all) each.aborted(signal.reason);
    };
    this.entries.set(signal, { all, listener });
    signal.addEventListener("abort", listener, { once: true });
  }

  /** Does nothing for what is not there. */
  remove(signal: AbortSignal, abortable: Abortable): void {
    const entry = this.entries.get(signal);
    if (entry === undefined || !entry.all.delete(abortable) || entry.all.size > 0) return;
    this.entries.delete(signal);
    signal.removeEventListener("abort", entry.listener);
  }
}
