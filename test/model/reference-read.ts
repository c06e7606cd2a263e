import type { AuthId, Command } from "./command.ts";
import type { FailureReply, OpResult, Reply, WatchMode } from "./observation.ts";
import { isAllowed, maskAcl, PERMS } from "./reference-acl.ts";
import { childrenOf, type Nodes, statOf, type StoredNode } from "./reference-node.ts";
import { isWatcherType, type ReferenceWatches } from "./reference-watches.ts";

export interface ReadContext {
  readonly nodes: Nodes;
  readonly watches: ReferenceWatches;
  readonly session: number;
  readonly sessionId: bigint;
  readonly auth: readonly AuthId[];
}

export type ReadCommand = Exclude<
  Command,
  {
    kind:
      | "openSession"
      | "closeSession"
      | "reconnect"
      | "create"
      | "delete"
      | "setData"
      | "setAcl"
      | "multi"
      | "setWatches"
      | "reap"
      | "advanceTime";
  }
>;

/** Semantics 3, client-protocol 4, 5, 7.2 and 8.1. Paths are not validated: a bad one is a missing node (1.1). */
export function runRead(command: ReadCommand, context: ReadContext): Reply {
  const { nodes, watches, session } = context;
  switch (command.kind) {
    case "exists":
      return exists(command.path, command.watch, context);
    case "getData": {
      const result = getData(command.path, context);
      if (result.ok && command.watch) watches.add("data", session, command.path, "standard");
      return result;
    }
    case "getChildren": {
      const result = getChildren(command.path, context);
      if (!result.ok) return result;
      if (command.watch) watches.add("child", session, command.path, "standard");
      return { ...result, stat: statOf(nodes, command.path) };
    }
    case "getAcl":
      return getAcl(command.path, context);
    case "getEphemerals":
      return { ok: true, children: ephemeralsOf(nodes, context.sessionId, command.prefix ?? "") };
    case "getAllChildrenNumber": {
      const node = readable(command.path, context, PERMS.read);
      if ("ok" in node) return node;
      const prefix = command.path === "/" ? "/" : `${command.path}/`;
      return { ok: true, count: [...nodes.keys()].filter((key) => key !== "/" && key.startsWith(prefix)).length };
    }
    case "multiRead":
      return {
        ok: true,
        results: command.ops.map((op) =>
          op.kind === "getData" ? getData(op.path, context) : getChildren(op.path, context),
        ),
      };
    case "addWatch":
      return addWatch(command.path, command.mode, context);
    case "checkWatches":
      if (!isWatcherType(command.type)) return failure("MARSHALLING_ERROR");
      return watches.has(session, command.path, command.type) ? { ok: true } : failure("NO_WATCHER");
    case "removeWatches":
      if (!isWatcherType(command.type)) return failure("MARSHALLING_ERROR");
      return watches.remove(session, command.path, command.type) ? { ok: true } : failure("NO_WATCHER");
  }
}

function failure(error: FailureReply["error"]): FailureReply {
  return { ok: false, error };
}

function readable(path: string, { nodes, auth }: ReadContext, wanted: number): StoredNode | FailureReply {
  const node = nodes.get(path);
  if (node === undefined) return failure("NO_NODE");
  return isAllowed(node.acl, wanted, auth) ? node : failure("NO_AUTH");
}

/** A watch is set on a missing node too, but not where READ is refused (client-protocol 7.2, 8.1). */
function exists(path: string, watch: boolean, context: ReadContext): Reply {
  const node = readable(path, context, PERMS.read);
  const isRefused = "ok" in node && node.error === "NO_AUTH";
  if (watch && !isRefused) context.watches.add("data", context.session, path, "standard");
  return "ok" in node ? node : { ok: true, stat: statOf(context.nodes, path) };
}

function getData(path: string, context: ReadContext): OpResult & Reply {
  const node = readable(path, context, PERMS.read);
  return "ok" in node ? node : { ok: true, data: node.data, stat: statOf(context.nodes, path) };
}

function getChildren(path: string, context: ReadContext): OpResult & Reply {
  const node = readable(path, context, PERMS.read);
  return "ok" in node ? node : { ok: true, children: childrenOf(context.nodes, path) };
}

/** Client-protocol 8.1: READ or ADMIN; digest ids are masked without ADMIN. */
function getAcl(path: string, context: ReadContext): Reply {
  const node = readable(path, context, PERMS.read | PERMS.admin);
  if ("ok" in node) return node;
  const isShown = isAllowed(node.acl, PERMS.admin, context.auth);
  return { ok: true, acl: isShown ? node.acl : maskAcl(node.acl), stat: statOf(context.nodes, path) };
}

/** Client-protocol 4: the caller's own, by plain string prefix; "" and "/" mean all. */
export function ephemeralsOf(nodes: Nodes, sessionId: bigint, prefix: string): string[] {
  const paths: string[] = [];
  for (const [path, node] of nodes) {
    if (node.ephemeralOwner === sessionId && path.startsWith(prefix)) paths.push(path);
  }
  return paths.sort();
}

/** Client-protocol 7.2: no node, no permission and no valid path needed. */
function addWatch(path: string, mode: number, { watches, session }: ReadContext): Reply {
  if (mode !== 0 && mode !== 1) return failure("MARSHALLING_ERROR");
  watchFor(watches, session, path, mode === 0 ? "persistent" : "persistentRecursive");
  return { ok: true };
}

/** A persistent watch stands in both tables, a recursive one in the data table only. */
export function watchFor(watches: ReferenceWatches, session: number, path: string, mode: WatchMode): void {
  watches.add("data", session, path, mode);
  if (mode === "persistent") watches.add("child", session, path, mode);
}
