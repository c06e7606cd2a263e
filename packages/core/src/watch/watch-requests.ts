import { type ErrorCode, ZXID_NONE } from "@coterie/interface";
import {
  ADD_WATCH_MODES,
  type AddWatchRequest,
  type SetWatches2Request,
  type SetWatchesRequest,
  type WatcherTypeRequest,
} from "@coterie/protocol";
import type { AclTable } from "../acl/acl-table.ts";
import { ACL_ID, MZXID, PZXID, REF_NONE, type ZnodeRef } from "../tree/znode-record.ts";
import type { ZnodeTree } from "../tree/znode-tree.ts";
import type { WatcherId, WatchEvent, WatchEventKind } from "./watch-event.ts";
import type { Watches } from "./watches.ts";

/** Requests that concern nothing but the asking connection's watches. */
export type WatchRequest = AddWatchRequest | WatcherTypeRequest | SetWatchesRequest | SetWatches2Request;

export interface WatchAnswer {
  /** Null for success. */
  readonly error: ErrorCode | null;
  /** What the watcher must hear before the answer: changes that it missed. Their zxid is ZXID_NONE (-1 on the wire). */
  readonly events: readonly WatchEvent[];
}

/** What answering looks at. */
export interface WatchScope {
  readonly tree: ZnodeTree;
  readonly acls: AclTable;
  readonly watches: Watches;
}

const NO_EVENTS: readonly WatchEvent[] = [];

/** Answers a watch request. A path may be any text: a watch on what is no path never fires. */
export function answerWatchRequest(scope: WatchScope, request: WatchRequest, watcher: WatcherId): WatchAnswer {
  const { watches } = scope;
  switch (request.kind) {
    case "addWatch":
      return { error: addWatch(watches, request, watcher), events: NO_EVENTS };
    case "checkWatches":
      return { error: watches.check(request.path, watcher, request.watcherType), events: NO_EVENTS };
    case "removeWatches":
      return { error: watches.remove(request.path, watcher, request.watcherType), events: NO_EVENTS };
    case "setWatches":
    case "setWatches2":
      return setWatches(scope, request, watcher);
  }
}

/** The znode need not exist, and no permission is asked: each event asks for itself (client-protocol 7.2). */
function addWatch(watches: Watches, request: AddWatchRequest, watcher: WatcherId): ErrorCode | null {
  const { path, mode } = request;
  if (mode !== ADD_WATCH_MODES.Persistent && mode !== ADD_WATCH_MODES.PersistentRecursive) return "MARSHALLING_ERROR";
  if (!watches.hasRoom(watcher, mode === ADD_WATCH_MODES.Persistent ? [path, path] : [path])) return "BAD_ARGUMENTS";
  if (mode === ADD_WATCH_MODES.Persistent) watches.watchPersistently(path, watcher);
  else watches.watchRecursively(path, watcher);
  return null;
}

/**
 * Takes up the watches of a client that was away; what has happened since is told at once (client-protocol 7.4), as every event to
 * who may read the znode now alone (CVE-2026-59739), and the watch is used up all the same. What is gone has no ACL any more.
 */
function setWatches(
  { tree, acls, watches }: WatchScope,
  request: SetWatchesRequest | SetWatches2Request,
  watcher: WatcherId,
): WatchAnswer {
  const persistent = request.kind === "setWatches2" ? request.persistentWatches : [];
  const recursive = request.kind === "setWatches2" ? request.persistentRecursiveWatches : [];
  const { dataWatches, existWatches, childWatches, relativeZxid } = request;
  const inOneTable = [...dataWatches, ...existWatches, ...childWatches, ...recursive];
  // Persistent ones stand in both tables.
  if (!watches.hasRoom(watcher, [...inOneTable, ...persistent, ...persistent]))
    return { error: "BAD_ARGUMENTS", events: NO_EVENTS };
  const events: WatchEvent[] = [];
  const tell = (kind: WatchEventKind, path: string, ref: ZnodeRef): void => {
    if (ref !== REF_NONE && !watches.mayHear(watcher, acls.listOf(tree.records.get(ref, ACL_ID)))) return;
    events.push({ kind, path, zxid: ZXID_NONE, watchers: [watcher] });
  };
  for (const path of dataWatches) {
    const ref = tree.find(path);
    if (ref === REF_NONE) tell("NodeDeleted", path, ref);
    else if (tree.records.getLong(ref, MZXID) > relativeZxid) tell("NodeDataChanged", path, ref);
    else watches.watchData(path, watcher);
  }
  for (const path of existWatches) {
    const ref = tree.find(path);
    if (ref === REF_NONE) watches.watchData(path, watcher);
    else tell("NodeCreated", path, ref);
  }
  for (const path of childWatches) {
    const ref = tree.find(path);
    if (ref === REF_NONE) tell("NodeDeleted", path, ref);
    else if (tree.records.getLong(ref, PZXID) > relativeZxid) tell("NodeChildrenChanged", path, ref);
    else watches.watchChildren(path, watcher);
  }
  for (const path of persistent) watches.watchPersistently(path, watcher);
  for (const path of recursive) watches.watchRecursively(path, watcher);
  return { error: null, events };
}
