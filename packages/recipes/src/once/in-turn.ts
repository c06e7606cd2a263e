import { orAborted } from "../calls/or-aborted.ts";

/** Work of one object, one piece after another, in the order in which it comes. */
export class InTurn {
  private last: Promise<unknown> = Promise.resolve();

  /** Rejects with the signal's reason as soon as that is aborted, if its turn has not come by then. */
  run<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
    const before = this.last;
    const turn = orAborted(signal, before).then(work);
    this.last = Promise.allSettled([before, turn]);
    return turn;
  }
}
