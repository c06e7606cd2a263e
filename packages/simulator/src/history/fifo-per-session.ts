import {
  type AnsweredOperation,
  failOperation,
  type History,
  isAnswered,
  sessionOf,
  writesWithTxn,
} from "./history.ts";

const NAME = "fifo-per-session";

/**
 * What one session asks is done and answered in the order in which it asks: replies on one connection come in that
 * order, writes have ascending zxids, and nothing is answered from a state before the session's own earlier write.
 *
 * Source: ZooKeeper's guarantees (FIFO client order); design, section 1 (one stream in zxid order).
 * Sound: ids ascend by invocation, and only certain outcomes are compared.
 */
export function checkFifoPerSession(history: History): void {
  const writes = writesWithTxn(history);
  const lastWrites = new Map<string, AnsweredOperation>();
  const lastEnds = new Map<string, AnsweredOperation>();
  for (const operation of history.operations) {
    if (!isAnswered(operation)) continue;
    const session = sessionOf(operation);
    const stream = `${operation.client}:${operation.connection}`;
    const lastEnd = lastEnds.get(stream);
    if (lastEnd !== undefined && operation.end.at < lastEnd.end.at) {
      failOperation(NAME, operation, `was answered before operation ${lastEnd.id}`);
    }
    lastEnds.set(stream, operation);
    const write = lastWrites.get(session);
    const { zxid } = operation.end;
    if (write !== undefined && (zxid < write.end.zxid || (writes.has(operation) && zxid === write.end.zxid))) {
      failOperation(NAME, operation, `has ${zxid}, behind the session's write ${write.id} with ${write.end.zxid}`);
    }
    if (writes.has(operation)) lastWrites.set(session, operation);
  }
}
