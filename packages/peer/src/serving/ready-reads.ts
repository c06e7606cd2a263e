import type { ErrorCode } from "@coterie/interface";
import type { ResponseBody, WatcherEvent } from "@coterie/protocol";
import { READS_TOGETHER_MAX } from "../limits.ts";
import { answerHere, type AnswerSink } from "./answer-here.ts";
import type { AskedHere } from "./asked.ts";
import type { ServedConnection } from "./served-connection.ts";

/** What no txn stands in the way of: it is answered a few at a time, as the client reads. */
export class ReadyReads implements AnswerSink {
  private readonly served: ServedConnection;
  /** They must not see the next txn: whether the client has room for them is not asked. */
  private cannotWait = false;
  private asked: AskedHere[] = [];

  constructor(served: ServedConnection) {
    this.served = served;
  }

  get length(): number {
    return this.asked.length;
  }

  push(asked: AskedHere): void {
    // As most often: a list that is pushed to is given room for seventeen.
    if (this.asked.length === 0) this.asked = [asked];
    else this.asked.push(asked);
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
      const end = endOfTogether(asked, 0);
      this.asked = asked.slice(end);
      const together = end === asked.length ? asked : asked.slice(0, end);
      const count = this.lookUp(together);
      if (count < together.length && this.served.end === null) this.asked = [...together.slice(count), ...this.asked];
    }
  }

  /** What must not see the next txn, and so cannot wait. */
  answerNow(asked: readonly AskedHere[]): void {
    this.cannotWait = true;
    for (let start = 0; start < asked.length && this.served.end === null && !this.served.sink.isOver;) {
      const end = endOfTogether(asked, start);
      this.lookUp(asked.slice(start, end));
      start = end;
    }
    this.cannotWait = false;
  }

  clear(): void {
    this.asked = [];
  }

  /** As an `AnswerSink`. */
  notify(event: WatcherEvent, zxid: number): void {
    this.served.notify(event, zxid);
  }

  reply(operation: string, asked: AskedHere, zxid: number, code: ErrorCode | null, body: ResponseBody | null): void {
    this.served.tell(operation, asked, zxid, code, body);
  }

  end(): void {
    this.served.finish("refused", null);
  }

  get isFull(): boolean {
    return !this.cannotWait && this.served.sink.isFull;
  }

  /** How many are answered. */
  private lookUp(asked: readonly AskedHere[]): number {
    const { sessionId, watcher, context } = this.served;
    return watcher === null ? asked.length : answerHere(context.machine, { sessionId, watcher }, asked, this);
  }
}

/** What is looked up together from `start` on ends behind the first list: a list may be as large as the tree, and many more so. */
function endOfTogether(asked: readonly AskedHere[], start: number): number {
  const most = Math.min(asked.length, start + READS_TOGETHER_MAX);
  for (let index = start; index < most; index++) if (isList(asked[index]!)) return index + 1;
  return most;
}

function isList(asked: AskedHere): boolean {
  if (asked.kind !== "read") return false;
  const { kind } = asked.body;
  return kind === "getChildren" || kind === "getChildren2" || kind === "getEphemerals" || kind === "multiRead";
}
