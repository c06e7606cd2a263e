import type { SetWatchesCommand } from "./command.ts";
import type { Reply, WatchEventType } from "./observation.ts";
import { isAllowed, PERMS } from "./reference-acl.ts";
import { watchFor } from "./reference-read.ts";
import { expired, type State } from "./reference-state.ts";

/** Client-protocol 7.4, list by list. What is replayed carries zxid -1, and is filtered by ACL if the options say so. */
export function setWatches(state: State, command: SetWatchesCommand): Reply {
  const { nodes, watches, events, options, connections } = state;
  const { session, relativeZxid } = command;
  const connection = connections.get(session);
  if (connection === undefined) return expired();
  const { auth } = connection;
  if (typeof relativeZxid !== "number") throw new Error("a symbolic zxid reached the reference; use resolveCommand");
  function replay(type: WatchEventType, path: string): void {
    const node = nodes.get(path);
    if (options.filtersReplay && node !== undefined && !isAllowed(node.acl, PERMS.read, auth)) return;
    events.push({ session, type, path, zxid: -1 });
  }
  for (const path of command.data) {
    const node = nodes.get(path);
    if (node === undefined) replay("NodeDeleted", path);
    else if (node.mzxid > relativeZxid) replay("NodeDataChanged", path);
    else watches.add("data", session, path, "standard");
  }
  for (const path of command.exist) {
    if (nodes.has(path)) replay("NodeCreated", path);
    else watches.add("data", session, path, "standard");
  }
  for (const path of command.child) {
    const node = nodes.get(path);
    if (node === undefined) replay("NodeDeleted", path);
    else if (node.pzxid > relativeZxid) replay("NodeChildrenChanged", path);
    else watches.add("child", session, path, "standard");
  }
  for (const path of command.persistent) watchFor(watches, session, path, "persistent");
  for (const path of command.persistentRecursive) watchFor(watches, session, path, "persistentRecursive");
  return { ok: true };
}
