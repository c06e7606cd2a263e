import { Violation } from "../invariants/invariant.ts";
import { failOperation, flatten, type History, isAnswered } from "./history.ts";

const NAME = "session-exactly-once";

/**
 * A session is opened once, for one client, and closed at most once, unless its client asks for that again; its id is
 * never given again, and whoever is told of a session is told of the one that its txn has opened.
 *
 * Source: design, decisions 2 and 7; fault-scenarios.md, SE-02 and SE-15.
 * Sound: openings and closings are txns and are counted by session id.
 */
export function checkSessionExactlyOnce({ operations, txns }: History): void {
  const opened = new Map<string, number | null>();
  const closed = new Set<string>();
  for (const txn of txns) {
    const { sessionId, zxid } = txn;
    if (txn.isError || sessionId === null) continue;
    for (const { kind } of flatten(txn.calls)) {
      if (kind === "open-session") {
        if (opened.has(sessionId)) throw new Violation(NAME, `the session ${sessionId} is opened again at ${zxid}`);
        opened.set(sessionId, txn.operation);
      } else if (kind === "close-session") {
        if (!opened.has(sessionId)) throw new Violation(NAME, `${sessionId} is closed at ${zxid} and was never opened`);
        // A client that does not know what became of its first request to close may send another, which does nothing.
        if (closed.has(sessionId) && txn.operation === null)
          throw new Violation(NAME, `the session ${sessionId} is closed again at ${zxid}`);
        closed.add(sessionId);
      }
    }
  }
  for (const operation of operations) {
    if (!isAnswered(operation) || operation.end.result?.kind !== "session") continue;
    const { sessionId } = operation.end.result;
    if (opened.get(sessionId) !== operation.id) {
      failOperation(NAME, operation, `is given the session ${sessionId}, which it has not opened`);
    }
  }
}
