import { CoterieError } from "@coterie/interface";
import { offAbort, onAbort } from "../calls/on-abort.ts";

/** Pieces of work of one object that may wait for their turn. */
export const TURNS_WAITING_MAX = 10_000;

/** Work of one object, one piece after another, in the order in which it comes. */
export class InTurn {
  /** In the order in which they have come; each begins when it is called. */
  private readonly waiting = new Set<() => void>();
  private isBusy = false;

  /**
   * Rejects with the signal's reason as soon as that is aborted, if its turn has not come by then, and with THROTTLED_OP if too many
   * wait.
   */
  async run<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
    signal.throwIfAborted();
    if (this.isBusy) await this.untilTurn(signal);
    this.isBusy = true;
    try {
      return await work();
    } finally {
      this.passOn();
    }
  }

  private untilTurn(signal: AbortSignal): Promise<void> {
    if (this.waiting.size >= TURNS_WAITING_MAX) {
      const message = `${TURNS_WAITING_MAX} changes by this object wait already: this one was not begun`;
      throw new CoterieError("THROTTLED_OP", message, { outcome: "not-applied" });
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        offAbort(signal, giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.delete(begin);
        offAbort(signal, giveUp);
        reject(signal.reason as Error);
      };
      this.waiting.add(begin);
      onAbort(signal, giveUp);
    });
  }

  /** To the next one, without a moment in which one that has just come could be faster. */
  private passOn(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.isBusy = false;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
