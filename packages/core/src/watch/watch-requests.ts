import { type ErrorCode, ZXID_NONE } from "@coterie/interface";
import {
  ADD_WATCH_MODES,
  type AddWatchRequest,
  type SetWatches2Request,
  type SetWatchesRequest,
  type WatcherTypeRequest,
} from "@coterie/protocol";
import { MZXID, PZXID, REF_NONE } from "../tree/znode-record.ts";
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

const NO_EVENTS: readonly WatchEvent[] = [];

/** Answers a watch request. A path may be any text: a watch on what is no path never fires. */
export function answerWatchRequest(
  tree: ZnodeTree,
  watches: Watches,
  request: WatchRequest,
  watcher: WatcherId,
): WatchAnswer {
  switch (request.kind) {
    case "addWatch":
      return { error: addWatch(watches, request, watcher), events: NO_EVENTS };
    case "checkWatches":
      return { error: watches.check(request.path, watcher, request.watcherType), events: NO_EVENTS };
    case "removeWatches":
      return { error: watches.remove(request.path, watcher, request.watcherType), events: NO_EVENTS };
    case "setWatches":
    case "setWatches2":
      return setWatches(tree, watches, request, watcher);
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

/** Takes up the watches of a client that was away; what has happened since is told at once (client-protocol 7.4). */
function setWatches(
  tree: ZnodeTree,
  watches: Watches,
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
  const tell = (kind: WatchEventKind, path: string): void => {
    events.push({ kind, path, zxid: ZXID_NONE, watchers: [watcher] });
  };
  for (const path of dataWatches) {
    const ref = tree.find(path);
    if (ref === REF_NONE) tell("NodeDeleted", path);
    else if (tree.records.getLong(ref, MZXID) > relativeZxid) tell("NodeDataChanged", path);
    else watches.watchData(path, watcher);
  }
  for (const path of existWatches) {
    if (tree.find(path) === REF_NONE) watches.watchData(path, watcher);
    else tell("NodeCreated", path);
  }
  for (const path of childWatches) {
    const ref = tree.find(path);
    if (ref === REF_NONE) tell("NodeDeleted", path);
    else if (tree.records.getLong(ref, PZXID) > relativeZxid) tell("NodeChildrenChanged", path);
    else watches.watchChildren(path, watcher);
  }
  for (const path of persistent) watches.watchPersistently(path, watcher);
  for (const path of recursive) watches.watchRecursively(path, watcher);
  return { error: null, events };
}
