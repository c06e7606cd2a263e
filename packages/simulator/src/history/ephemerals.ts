import type { Zxid } from "@coterie/interface";
import { Violation } from "../invariants/invariant.ts";
import { type AnsweredOperation, failOperation, flatten, type History, isAnswered, isRead } from "./history.ts";
import { Model } from "./model.ts";

const NAME = "ephemerals";

/** From its creation to its end; null while it lives. */
interface Span {
  readonly from: Zxid;
  to: Zxid | null;
  isByClose: boolean;
}

/**
 * A session's ephemerals die with it, in the one txn that closes it: nobody sees one of them at or after that zxid,
 * none is deleted once more, and a closed session creates none.
 *
 * Source: ZooKeeper's guarantees (ephemeral nodes); fault-scenarios.md, SE-08, SE-09, SE-10; design, decision 7.
 * Sound: the txns tell when each node lived; a read's zxid tells which of these times it must show.
 */
export function checkEphemerals(history: History): void {
  const spans = spansOf(history);
  for (const operation of history.operations) {
    if (isAnswered(operation) && isRead(operation) && operation.end.kind === "ok") checkRead(operation, spans);
  }
}

function checkRead(read: AnsweredOperation, spans: ReadonlyMap<string, readonly Span[]>): void {
  const { call, end } = read;
  if (call.kind === "get" && isDead(spans.get(call.path), end.zxid)) {
    failOperation(NAME, read, `sees ${call.path} at ${end.zxid}, after its session was closed`);
  }
  if (call.kind !== "children" || end.result?.kind !== "children") return;
  const base = call.path === "/" ? "" : call.path;
  for (const name of end.result.names) {
    if (!isDead(spans.get(`${base}/${name}`), end.zxid)) continue;
    failOperation(NAME, read, `sees ${base}/${name} at ${end.zxid}, after its session was closed`);
  }
}

/** Whether the last node there up to `zxid` had gone with its session. */
function isDead(spans: readonly Span[] | undefined, zxid: Zxid): boolean {
  const last = spans?.findLast(({ from }) => from <= zxid);
  return last !== undefined && last.isByClose && last.to !== null && last.to <= zxid;
}

function spansOf({ operations, txns }: History): ReadonlyMap<string, readonly Span[]> {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const model = new Model();
  const spans = new Map<string, Span[]>();
  for (const txn of txns) {
    if (txn.isError) continue;
    const isClosed = txn.sessionId !== null && model.closed.has(txn.sessionId);
    for (const call of flatten(txn.calls)) {
      if (call.kind === "create" && call.mode.startsWith("ephemeral") && isClosed) {
        throw new Violation(NAME, `the closed session ${txn.sessionId} creates ${call.path} at ${txn.zxid}`);
      }
      if (call.kind === "delete" && isDead(spans.get(call.path), txn.zxid)) {
        throw new Violation(NAME, `${call.path} is deleted at ${txn.zxid}, and went with its session before`);
      }
    }
    const outcome = model.apply(txn, txn.operation === null ? undefined : byId.get(txn.operation));
    if (outcome.kind === "failed") continue;
    for (const { path, event, isByClose } of outcome.changes) {
      const known = spans.get(path) ?? [];
      const last = known.at(-1);
      if (event === "created") known.push({ from: txn.zxid, to: null, isByClose: false });
      else if (event === "deleted" && last !== undefined) Object.assign(last, { to: txn.zxid, isByClose });
      spans.set(path, known);
    }
  }
  return spans;
}
