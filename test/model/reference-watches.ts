import type { AclEntry, AuthId } from "./command.ts";
import type { WatchDump, WatchEvent, WatchEventType, WatchMode } from "./observation.ts";
import { isAllowed, PERMS } from "./reference-acl.ts";
import { selfAndAncestors } from "./reference-path.ts";

interface Watch {
  readonly table: "child" | "data";
  readonly session: number;
  readonly path: string;
  readonly mode: WatchMode;
}

/** The identities of the connection of a session, or undefined if it has none. */
export type AuthOf = (session: number) => readonly AuthId[] | undefined;

/** A change at one path: the ACL is that of the node concerned, before it went if it was deleted. */
interface Trigger {
  readonly type: WatchEventType;
  readonly path: string;
  readonly acl: readonly AclEntry[];
  readonly zxid: number;
}

/** One flat list of watches of all connections (client-protocol 7). Events go to `emit` in delivery order. */
export interface ReferenceWatches {
  add(table: "child" | "data", session: number, path: string, mode: WatchMode): void;
  /** Client-protocol 7.1. Whether any watch of this watcher type was there. */
  has(session: number, path: string, type: WatcherType): boolean;
  remove(session: number, path: string, type: WatcherType): boolean;
  dropConnection(session: number): void;
  created(path: string, parent: string, acl: readonly AclEntry[], parentAcl: readonly AclEntry[], zxid: number): void;
  deleted(path: string, parent: string, acl: readonly AclEntry[], parentAcl: readonly AclEntry[], zxid: number): void;
  dataChanged(path: string, acl: readonly AclEntry[], zxid: number): void;
  dump(): WatchDump[];
}

/** 1 children, 2 data, 3 any, 4 persistent, 5 persistent recursive. */
export type WatcherType = 1 | 2 | 3 | 4 | 5;

export function isWatcherType(value: number): value is WatcherType {
  return Number.isInteger(value) && value >= 1 && value <= 5;
}

function isOfType(watch: Watch, type: WatcherType): boolean {
  switch (type) {
    case 1:
      return watch.table === "child" && watch.mode === "standard";
    case 2:
      return watch.table === "data" && watch.mode === "standard";
    case 3:
      return true;
    case 4:
      return watch.mode === "persistent";
    case 5:
      return watch.mode === "persistentRecursive";
  }
}

export function createReferenceWatches(authOf: AuthOf, emit: (event: WatchEvent) => void): ReferenceWatches {
  let watches: Watch[] = [];

  /** Fires one trigger at one table; returns the sessions it concerned, those that may not read included. */
  function fire(table: "child" | "data", trigger: Trigger, told: ReadonlySet<number> = new Set()): Set<number> {
    const ancestors = selfAndAncestors(trigger.path);
    const hit = watches.filter((watch) => {
      if (watch.table !== table) return false;
      if (watch.path === trigger.path) return true;
      return watch.mode === "persistentRecursive" && ancestors.includes(watch.path);
    });
    // A standard watch is used up even if its event is then held back (7.3, event ACL filter).
    watches = watches.filter((watch) => !(watch.mode === "standard" && hit.includes(watch)));
    // One event a connection for each trigger, whatever the number of modes (7.3).
    const concerned = new Set(hit.map((watch) => watch.session).sort((left, right) => left - right));
    for (const session of concerned) {
      const auth = authOf(session);
      if (told.has(session) || auth === undefined || !isAllowed(trigger.acl, PERMS.read, auth)) continue;
      emit({ session, type: trigger.type, path: trigger.path, zxid: trigger.zxid });
    }
    return concerned;
  }

  return {
    add(table, session, path, mode) {
      const isThere = watches.some(
        (watch) => watch.table === table && watch.session === session && watch.path === path && watch.mode === mode,
      );
      if (!isThere) watches.push({ table, session, path, mode });
    },
    has(session, path, type) {
      return watches.some((watch) => watch.session === session && watch.path === path && isOfType(watch, type));
    },
    remove(session, path, type) {
      const before = watches.length;
      watches = watches.filter((watch) => !(watch.session === session && watch.path === path && isOfType(watch, type)));
      return watches.length < before;
    },
    dropConnection(session) {
      watches = watches.filter((watch) => watch.session !== session);
    },
    created(path, parent, acl, parentAcl, zxid) {
      fire("data", { type: "NodeCreated", path, acl, zxid });
      fire("child", { type: "NodeChildrenChanged", path: parent, acl: parentAcl, zxid });
    },
    deleted(path, parent, acl, parentAcl, zxid) {
      const told = fire("data", { type: "NodeDeleted", path, acl, zxid });
      fire("child", { type: "NodeDeleted", path, acl, zxid }, told);
      fire("child", { type: "NodeChildrenChanged", path: parent, acl: parentAcl, zxid });
    },
    dataChanged(path, acl, zxid) {
      fire("data", { type: "NodeDataChanged", path, acl, zxid });
    },
    dump() {
      return dumpWatches(watches);
    },
  };
}

function dumpWatches(watches: readonly Watch[]): WatchDump[] {
  const groups = new Map<string, Watch[]>();
  for (const watch of watches) {
    const key = JSON.stringify([watch.session, watch.table, watch.path]);
    groups.set(key, [...(groups.get(key) ?? []), watch]);
  }
  const dumps = [...groups.values()].flatMap((group): WatchDump[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { session, table, path } = first;
    return [{ session, table, path, modes: group.map((watch) => watch.mode).sort() }];
  });
  return dumps.sort((left, right) => {
    if (left.session !== right.session) return left.session - right.session;
    if (left.table !== right.table) return left.table < right.table ? -1 : 1;
    return left.path < right.path ? -1 : 1;
  });
}
