import type { AclEntry } from "./command.ts";
import type { NodeDump, Stat } from "./observation.ts";
import { parentOf } from "./reference-path.ts";
import { shownCversion } from "./reference-counter.ts";

/** A node as stored; its path is its key. Data and ACL arrays are never changed in place. */
export type StoredNode = Omit<NodeDump, "path">;

/** Full path to node. A state holds one; a write under preparation holds a copy. */
export type Nodes = Map<string, StoredNode>;

/** Semantics 2.4. */
export const CONTAINER_OWNER: bigint = BigInt.asIntN(64, 0x8000000000000000n);
export const TTL_MS_MAX: number = 0xffffffffff;

const TTL_MARK = 0xff00000000000000n;
const TTL_MARK_MASK = 0xffffff0000000000n;

export function ttlOwner(ttlMs: number): bigint {
  return BigInt.asIntN(64, TTL_MARK | BigInt(ttlMs));
}

/** The TTL of a TTL node, or undefined for other nodes (semantics 2.4). */
export function ttlOf(owner: bigint): number | undefined {
  const bits = BigInt.asUintN(64, owner);
  return (bits & TTL_MARK_MASK) === TTL_MARK ? Number(bits & BigInt(TTL_MS_MAX)) : undefined;
}

/** Whether the owner is a session: neither none, nor a container, nor a TTL. */
export function isSessionOwner(owner: bigint): boolean {
  return owner !== 0n && owner !== CONTAINER_OWNER && ttlOf(owner) === undefined;
}

/** The names of the direct children, sorted as plain strings. */
export function childrenOf(nodes: Nodes, path: string): string[] {
  const names: string[] = [];
  for (const key of nodes.keys()) {
    if (key !== "/" && parentOf(key) === path) names.push(key.slice(key.lastIndexOf("/") + 1));
  }
  return names.sort();
}

/** `path` must exist. Client-protocol 8, semantics 2.1 for the counters. */
export function statOf(nodes: Nodes, path: string): Stat {
  const node = nodes.get(path);
  if (node === undefined) throw new Error(`no node ${JSON.stringify(path)} to describe`);
  const numChildren = childrenOf(nodes, path).length;
  return {
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctimeMs: node.ctimeMs,
    mtimeMs: node.mtimeMs,
    version: node.version,
    cversion: shownCversion(node.cversion, numChildren),
    aversion: node.aversion,
    ephemeralOwner: isSessionOwner(node.ephemeralOwner) ? node.ephemeralOwner : 0n,
    dataLength: node.data?.length ?? 0,
    numChildren,
    pzxid: node.pzxid,
  };
}

/** Semantics 2.1: what a create stores. */
export function newNode(
  data: Uint8Array | null,
  acl: readonly AclEntry[],
  ephemeralOwner: bigint,
  zxid: number,
  timeMs: number,
): StoredNode {
  return {
    data,
    acl,
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctimeMs: timeMs,
    mtimeMs: timeMs,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner,
  };
}

/** Semantics 1: the tree before the first transaction. Setting the ACL of /zookeeper/config left its aversion at -1. */
export function initialNodes(): Nodes {
  const open: AclEntry[] = [{ perms: 31, scheme: "world", id: "anyone" }];
  const readOnly: AclEntry[] = [{ perms: 1, scheme: "world", id: "anyone" }];
  const empty = new Uint8Array(0);
  return new Map([
    ["/", newNode(empty, open, 0n, 0, 0)],
    ["/zookeeper", newNode(empty, open, 0n, 0, 0)],
    ["/zookeeper/quota", newNode(empty, open, 0n, 0, 0)],
    ["/zookeeper/config", { ...newNode(empty, readOnly, 0n, 0, 0), aversion: -1 }],
  ]);
}
