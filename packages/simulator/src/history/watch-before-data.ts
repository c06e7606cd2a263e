import type { Zxid } from "@coterie/interface";
import { Violation } from "../invariants/invariant.ts";
import { type AnsweredOperation, failOperation, type History, isAnswered, sessionOf } from "./history.ts";
import { type Change, Model } from "./model.ts";
import type { Call, WatchNotice } from "./operation.ts";

const NAME = "watch-before-data";

interface Due {
  readonly zxid: Zxid;
  readonly event: Change["event"];
  /** Whether the node is gone after the txn. */
  isGone: boolean;
}

/** What one connection heard, in order. */
type StreamItem =
  | { readonly kind: "reply"; readonly operation: AnsweredOperation }
  | { readonly kind: "notice"; readonly notice: WatchNotice };

/** Where it stands: an operation at its id, a notice behind the operation with the id. */
interface Place {
  readonly after: number;
  readonly item: StreamItem;
}

interface Stream {
  readonly session: string;
  readonly items: StreamItem[];
}

/**
 * A client that watches hears of a change before it sees any reply of a state that has the change; it hears of the
 * first change after the read that left the watch, once, and of nothing that it does not watch. A client that comes back
 * sets its watches again: of each it hears, before the answer, whether the node has changed since it was last heard
 * (deleted, or else data-changed), and is told of the next change otherwise.
 *
 * Source: ZooKeeper's guarantees (a watch event comes before the new data); design, section 1; fault-scenarios.md,
 * WA-01 and WA-04; client-protocol, 7.4 (setWatches).
 * Sound: replies and events of a connection are one stream. Of a request to set watches that was never answered, any of
 * the events may have come: one for a watch of a connection before is allowed there and not demanded.
 */
export function checkWatchBeforeData(history: History): void {
  const changes = changesOf(history);
  /** Of each session, the watches that were left on connections before. */
  const carried = new Map<string, Set<string>>();
  for (const { session, items } of streamsOf(history)) {
    const old = carried.get(session) ?? new Set<string>();
    const left = walk(items, changes, old);
    carried.set(session, new Set([...old, ...left]));
  }
}

/** Gives the paths that are watched at the stream's end. */
function walk(items: readonly StreamItem[], changes: ReadonlyMap<string, readonly Due[]>, old: Set<string>): string[] {
  const watched = new Map<string, Due | null>();
  const isTakenUp = items.some((item) => item.kind === "reply" && item.operation.call.kind === "set-watches");
  let missed: WatchNotice[] = [];
  for (const item of items) {
    if (item.kind === "notice") {
      if (isTakenUp && !watched.has(item.notice.path)) missed.push(item.notice);
      else hear(item.notice, watched, old);
      continue;
    }
    const { operation } = item;
    const { call, end } = operation;
    for (const [path, due] of watched) {
      if (due === null || due.zxid > end.zxid) continue;
      failOperation(
        NAME,
        operation,
        `shows ${end.zxid}, and of the change of ${path} at ${due.zxid} there was no event`,
      );
    }
    if (call.kind === "set-watches" && end.kind === "ok") {
      takeUp(operation, call, missed, changes, watched);
      missed = [];
    }
    if (call.kind === "get" && call.watch && end.kind === "ok" && !watched.has(call.path)) {
      const due = changes.get(call.path)?.find(({ zxid }) => zxid > end.zxid);
      watched.set(call.path, due ?? null);
    }
  }
  for (const notice of missed) hear(notice, watched, new Set());
  return [...watched.keys()];
}

/** The answer to a request to set watches, and the events that came before it. */
function takeUp(
  operation: AnsweredOperation,
  { paths, relativeZxid }: Extract<Call, { kind: "set-watches" }>,
  missed: readonly WatchNotice[],
  changes: ReadonlyMap<string, readonly Due[]>,
  watched: Map<string, Due | null>,
): void {
  const { zxid } = operation.end;
  const untold = new Map(missed.map((notice) => [notice.path, notice]));
  if (untold.size < missed.length) failOperation(NAME, operation, "tells of one path twice");
  for (const path of paths) {
    const last = changes.get(path)?.findLast((change) => change.zxid <= zxid);
    const isChanged = last !== undefined && last.zxid > relativeZxid;
    const expected = isChanged ? (last.isGone ? "deleted" : "data-changed") : null;
    const told = untold.get(path)?.event ?? null;
    untold.delete(path);
    if (told !== expected)
      failOperation(NAME, operation, `tells that ${path} is ${told}, where ${expected} is right since ${relativeZxid}`);
    if (expected === null) watched.set(path, changes.get(path)?.find((change) => change.zxid > zxid) ?? null);
  }
  for (const path of untold.keys()) failOperation(NAME, operation, `tells of ${path}, which was not asked for`);
}

function hear(notice: WatchNotice, watched: Map<string, Due | null>, old: Set<string>): void {
  const { path, client, event, zxid } = notice;
  const due = watched.get(path);
  if (due === undefined) {
    if (old.delete(path)) return;
    throw new Violation(NAME, `client ${client} hears that ${path} is ${event} at ${zxid}, which it does not watch`);
  }
  if (due?.zxid !== zxid || due.event !== event) {
    const expected = due === null ? "nothing" : `${due.event} at ${due.zxid}`;
    throw new Violation(NAME, `client ${client} hears that ${path} is ${event} at ${zxid}, where ${expected} is due`);
  }
  watched.delete(path);
}

/** The changes that fire a data watch, by path; the first one of each txn. */
function changesOf({ operations, txns }: History): ReadonlyMap<string, readonly Due[]> {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const model = new Model();
  const found = new Map<string, Due[]>();
  for (const txn of txns) {
    const outcome = model.apply(txn, txn.operation === null ? undefined : byId.get(txn.operation));
    if (outcome.kind === "failed") continue;
    for (const { path, event } of outcome.changes) {
      const known = found.get(path) ?? [];
      const last = known.at(-1);
      const isGone = event === "deleted";
      if (last?.zxid === txn.zxid) last.isGone = isGone;
      else known.push({ zxid: txn.zxid, event, isGone });
      found.set(path, known);
    }
  }
  return found;
}

function streamsOf({ operations, notices }: History): readonly Stream[] {
  const streams = new Map<string, { readonly session: string; readonly places: Place[] }>();
  function add(after: number, at: AnsweredOperation | WatchNotice, item: StreamItem): void {
    const key = `${at.client}:${at.connection}`;
    let stream = streams.get(key);
    if (stream === undefined) {
      stream = { session: sessionOf(at), places: [] };
      streams.set(key, stream);
    }
    stream.places.push({ after, item });
  }
  for (const operation of operations) {
    if (isAnswered(operation)) add(operation.id, operation, { kind: "reply", operation });
  }
  for (const notice of notices) add(notice.afterOperation, notice, { kind: "notice", notice });
  // Sorting keeps the order of equals: a notice stands behind the reply that it names.
  return [...streams.values()].map(({ session, places }) => ({
    session,
    items: places.sort((a, b) => a.after - b.after).map(({ item }) => item),
  }));
}
