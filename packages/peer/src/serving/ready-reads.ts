import { READS_TOGETHER_MAX } from "../limits.ts";
import { answerHere, type AnswerSink } from "./answer-here.ts";
import type { AskedHere } from "./asked.ts";
import type { ServedConnection } from "./served-connection.ts";

/** What no txn stands in the way of: it is answered a few at a time, as the client reads. */
export class ReadyReads {
  private readonly served: ServedConnection;
  private readonly sink: AnswerSink;
  private asked: AskedHere[] = [];

  constructor(served: ServedConnection) {
    this.served = served;
    this.sink = {
      notify: (event, zxid) => served.notify(event, zxid),
      reply: (operation, asked, zxid, code, body) => served.tell(operation, asked, zxid, code, body),
      end: () => served.finish("refused", null),
    };
  }

  get length(): number {
    return this.asked.length;
  }

  push(asked: AskedHere): void {
    this.asked.push(asked);
    if (this.asked.length >= READS_TOGETHER_MAX) this.answer();
  }

  /** What stood behind the last write on its way, which is applied: nothing else was ready meanwhile. */
  take(asked: AskedHere[]): void {
    this.asked = asked;
    this.answer();
  }

  /** As many as the client has room for. */
  answer(): void {
    while (this.asked.length > 0 && !this.served.sink.isFull) {
      const { asked } = this;
      const isAll = asked.length <= READS_TOGETHER_MAX;
      this.asked = isAll ? [] : asked.slice(READS_TOGETHER_MAX);
      this.lookUp(isAll ? asked : asked.slice(0, READS_TOGETHER_MAX));
    }
  }

  /** What must not see the next txn, and so cannot wait. */
  answerNow(asked: readonly AskedHere[]): void {
    for (let start = 0; start < asked.length && this.served.end === null; start += READS_TOGETHER_MAX) {
      this.lookUp(asked.slice(start, start + READS_TOGETHER_MAX));
    }
  }

  clear(): void {
    this.asked = [];
  }

  private lookUp(asked: readonly AskedHere[]): void {
    const { sessionId, watcher, context } = this.served;
    if (watcher !== null) answerHere(context.machine, { sessionId, watcher }, asked, this.sink);
  }
}
