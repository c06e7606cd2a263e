/** Work of one object, one piece after another, in the order in which it comes. */
export class InTurn {
  private last: Promise<unknown> = Promise.resolve();

  /** Rejects with the signal's reason as soon as that is aborted, if its turn has not come by then. */
  run<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
    const before = this.last;
    const turn = untilSettled(before, signal).then(work);
    this.last = Promise.allSettled([before, turn]);
    return turn;
  }
}

/** `before` does not reject. */
function untilSettled(before: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", abort);
    void before.then(() => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) abort();
      else resolve();
    });
  });
}
