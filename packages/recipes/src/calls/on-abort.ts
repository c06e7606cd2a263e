/** What is to be called when a signal aborts. A signal may live as long as the application, and end thousands of waits. */
const listeners = new WeakMap<AbortSignal, SharedListener>();

/** One listener of a signal, for all who wait for its abort: Node.js takes more than ten for a leak, and warns. */
class SharedListener {
  readonly all = new Set<() => void>();
  private readonly signal: AbortSignal;
  private readonly aborted: () => void;

  constructor(signal: AbortSignal) {
    this.signal = signal;
    this.aborted = () => {
      for (const each of this.all) each();
      listeners.delete(signal);
    };
    signal.addEventListener("abort", this.aborted, { once: true });
  }

  end(): void {
    listeners.delete(this.signal);
    this.signal.removeEventListener("abort", this.aborted);
  }
}

/** Calls `listener`, which must not throw, when the signal aborts, which it has not yet; until `offAbort`. */
export function onAbort(signal: AbortSignal, listener: () => void): void {
  let shared = listeners.get(signal);
  if (shared === undefined) listeners.set(signal, (shared = new SharedListener(signal)));
  shared.all.add(listener);
}

/** Does nothing for what is not there. */
export function offAbort(signal: AbortSignal, listener: () => void): void {
  const shared = listeners.get(signal);
  if (shared === undefined || !shared.all.delete(listener) || shared.all.size > 0) return;
  shared.end();
}
