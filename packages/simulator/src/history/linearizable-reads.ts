import { ZXID_NONE, type Zxid } from "@coterie/interface";
import {
  type AnsweredOperation,
  failOperation,
  type History,
  isAnswered,
  isRead,
  isWrite,
  sessionOf,
} from "./history.ts";

const NAME = "linearizable-reads";

/**
 * A linearizable read, and a session's read behind its sync, sees every write that was acknowledged to anybody, and
 * every linearizable read that was answered, before it was invoked (the sync, for reads behind one).
 *
 * Source: design, R7 (read-index); zab.md, section 7 (SYNC); fault-scenarios.md, TR-09 and CL-11.
 * Sound: zxids are the order of states, so that to have seen is to have at least as high a one.
 */
export function checkLinearizableReads({ operations }: History): void {
  const answered = operations.filter(isAnswered);
  const floors = floorsOf(answered);
  const synced = new Map<string, { readonly sync: AnsweredOperation; readonly floor: Zxid }>();
  for (const operation of answered) {
    const floor = floors.get(operation.id) ?? ZXID_NONE;
    if (isLinearizable(operation) && operation.end.zxid < floor) {
      failOperation(NAME, operation, `sees ${operation.end.zxid} after ${floor} was acknowledged`);
    }
    const before = synced.get(sessionOf(operation));
    if (before !== undefined && isRead(operation) && operation.end.zxid < before.floor) {
      const { sync } = before;
      const isBehind = sync.connection === operation.connection || sync.end.at <= operation.invokedAt;
      const why = `${before.floor} was acknowledged before its sync ${sync.id}`;
      if (isBehind) failOperation(NAME, operation, `sees ${operation.end.zxid}; ${why}`);
    }
    if (operation.call.kind === "sync" && operation.end.kind === "ok") {
      synced.set(sessionOf(operation), { sync: operation, floor });
    }
  }
}

function isLinearizable({ call }: AnsweredOperation): boolean {
  return call.kind === "get" && call.isLinearizable;
}

/** For each operation that asks for it, the highest zxid that had been acknowledged before it was invoked. */
function floorsOf(answered: readonly AnsweredOperation[]): ReadonlyMap<number, Zxid> {
  const told = answered.filter(
    (operation) => isLinearizable(operation) || (isWrite(operation) && operation.end.kind === "ok"),
  );
  told.sort((a, b) => a.end.at - b.end.at);
  const asking = answered.filter((operation) => isLinearizable(operation) || operation.call.kind === "sync");
  asking.sort((a, b) => a.invokedAt - b.invokedAt);
  const floors = new Map<number, Zxid>();
  let at = 0;
  let highest = ZXID_NONE;
  for (const operation of asking) {
    for (; at < told.length && told[at]!.end.at < operation.invokedAt; at++) {
      if (told[at]!.end.zxid > highest) highest = told[at]!.end.zxid;
    }
    floors.set(operation.id, highest);
  }
  return floors;
}
