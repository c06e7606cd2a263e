import type { CoreStateMachine } from "../../packages/core/src/index.ts";
import type { State } from "../../packages/core/src/state.ts";
import {
  ACL_ID,
  AVERSION,
  CTIME,
  CVERSION,
  CZXID,
  MTIME,
  MZXID,
  PZXID,
  VERSION,
  type ZnodeRef,
} from "../../packages/core/src/tree/znode-record.ts";
import type { ZnodeTree } from "../../packages/core/src/tree/znode-tree.ts";
import type { WatcherId } from "../../packages/core/src/watch/watch-event.ts";
import type { Watches } from "../../packages/core/src/watch/watches.ts";
import { PERSISTENT, RECURSIVE, STANDARD, type WatchTable } from "../../packages/core/src/watch/watch-table.ts";
import type { NodeDump, StateDump, WatchDump, WatchMode } from "../model/observation.ts";
import type { PokedFields } from "../model/reference-tree.ts";

/** Looks behind the state machine's door: for comparisons of whole states only. */
export function stateOf(machine: CoreStateMachine): State {
  return (machine as unknown as { state: State }).state;
}

/** The whole state, stored fields and all, in the model's form. `sessions` names the watchers' sessions. */
export function dumpMachine(machine: CoreStateMachine, sessions: ReadonlyMap<WatcherId, number>): StateDump {
  const state = stateOf(machine);
  const nodes = [...state.tree.children.subtree(state.tree.find("/"))].map((ref) => dumpZnode(state, ref));
  return {
    nodes: nodes.toSorted((left, right) => (left.path < right.path ? -1 : 1)),
    sessions: [...state.sessions.all()]
      .map(({ id, timeoutMs, verifier }) => ({ id, timeoutMs, verifier }))
      .toSorted((left, right) => (left.id < right.id ? -1 : 1)),
    watches: dumpWatches(machine, sessions),
  };
}

/** Sets counters of an existing znode behind the state machine's back, digest included. */
export function pokeMachine(machine: CoreStateMachine, path: string, fields: PokedFields): void {
  const { tree } = stateOf(machine);
  const ref = tree.find(path);
  const door = tree as unknown as { leave(at: ZnodeRef): void; enter(at: ZnodeRef): void };
  door.leave.call(tree, ref);
  if (fields.version !== undefined) tree.records.set(ref, VERSION, fields.version);
  if (fields.cversion !== undefined) tree.records.set(ref, CVERSION, fields.cversion);
  if (fields.aversion !== undefined) tree.records.set(ref, AVERSION, fields.aversion);
  door.enter.call(tree, ref);
}

function dumpZnode({ tree, acls }: { tree: ZnodeTree; acls: State["acls"] }, ref: ZnodeRef): NodeDump {
  const { records } = tree;
  return {
    path: tree.pathOf(ref),
    data: tree.dataOf(ref)?.slice() ?? null,
    acl: acls.listOf(records.get(ref, ACL_ID)),
    czxid: records.getLong(ref, CZXID),
    mzxid: records.getLong(ref, MZXID),
    pzxid: records.getLong(ref, PZXID),
    ctimeMs: records.getLong(ref, CTIME),
    mtimeMs: records.getLong(ref, MTIME),
    version: records.get(ref, VERSION),
    cversion: records.get(ref, CVERSION),
    aversion: records.get(ref, AVERSION),
    ephemeralOwner: tree.ownerOf(ref),
  };
}

function dumpWatches(machine: CoreStateMachine, sessions: ReadonlyMap<WatcherId, number>): WatchDump[] {
  const { watches } = (machine as unknown as { rooms: { watches: Watches } }).rooms;
  const { data, children } = watches as unknown as { data: WatchTable; children: WatchTable };
  const dumps = [...dumpTable(data, "data", sessions), ...dumpTable(children, "child", sessions)];
  return dumps.toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
}

function dumpTable(table: WatchTable, name: WatchDump["table"], sessions: ReadonlyMap<WatcherId, number>): WatchDump[] {
  const { byPath } = table as unknown as { byPath: Map<string, Map<WatcherId, number>> };
  return [...byPath].flatMap(([path, watchers]) =>
    [...watchers].map(([watcher, modes]) => ({
      session: sessions.get(watcher)!,
      table: name,
      path,
      modes: MODES.filter(([, bit]) => (modes & bit) !== 0).map(([mode]) => mode),
    })),
  );
}

/** In the order of their names. */
const MODES: readonly (readonly [WatchMode, number])[] = [
  ["persistent", PERSISTENT],
  ["persistentRecursive", RECURSIVE],
  ["standard", STANDARD],
];

function sortKey({ session, table, path }: WatchDump): string {
  return `${String(session).padStart(6, "0")} ${table} ${path}`;
}
