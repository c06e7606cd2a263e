import type { Stat } from "./observation.ts";
import { newNode, type Nodes, statOf, type StoredNode } from "./reference-node.ts";
import { parentOf } from "./reference-path.ts";
import type { Txn } from "./reference-prepare.ts";
import { addUsage, resetUsage, subtreeMeasuredBy } from "./reference-quota.ts";
import type { ReferenceWatches } from "./reference-watches.ts";

export interface ApplyTarget {
  readonly nodes: Nodes;
  readonly watches: ReferenceWatches;
}

export interface ApplyTime {
  readonly zxid: number;
  readonly timeMs: number;
}

/** What the transaction leaves for its reply: taken before the quota bookkeeping and before any later transaction. */
export interface Applied {
  readonly path?: string;
  readonly stat?: Stat;
}

/** Changes the tree and fires the watches (semantics 2, client-protocol 7.3). The transaction was prepared on this tree. */
export function applyTxn(txn: Txn, target: ApplyTarget, time: ApplyTime): Applied {
  switch (txn.kind) {
    case "create":
      return applyCreate(txn, target, time);
    case "delete":
      applyDelete(txn.path, target, time);
      return {};
    case "setData":
      return applySetData(txn, target, time);
    case "setAcl": {
      // Only the ACL and its version change, and no watch fires (2.2).
      const node = existing(target.nodes, txn.path);
      target.nodes.set(txn.path, { ...node, acl: txn.acl, aversion: txn.version });
      return { stat: statOf(target.nodes, txn.path) };
    }
    case "check":
      return {};
  }
}

function existing(nodes: Nodes, path: string): StoredNode {
  const node = nodes.get(path);
  if (node === undefined) throw new Error(`a transaction names the missing node ${JSON.stringify(path)}`);
  return node;
}

function applyCreate(txn: Txn & { kind: "create" }, { nodes, watches }: ApplyTarget, time: ApplyTime): Applied {
  const { path, data, acl } = txn;
  const parentPath = parentOf(path) ?? "/";
  const parent = existing(nodes, parentPath);
  // Semantics 2.1: cversion and pzxid move only if the new cversion is larger, so not when it wrapped.
  if (txn.parentCversion > parent.cversion) {
    nodes.set(parentPath, { ...parent, cversion: txn.parentCversion, pzxid: time.zxid });
  }
  nodes.set(path, newNode(data, acl, txn.owner, time.zxid, time.timeMs));
  const stat = statOf(nodes, path);
  const measured = subtreeMeasuredBy(path);
  if (measured !== undefined) resetUsage(nodes, measured);
  addUsage(nodes, path, 1, data?.length ?? 0);
  watches.created(path, parentPath, acl, parent.acl, time.zxid);
  return { path, stat };
}

export function applyDelete(path: string, { nodes, watches }: ApplyTarget, time: ApplyTime): void {
  const parentPath = parentOf(path) ?? "/";
  const parent = existing(nodes, parentPath);
  const node = existing(nodes, path);
  // Semantics 2.1: pzxid only grows.
  nodes.set(parentPath, { ...parent, pzxid: Math.max(parent.pzxid, time.zxid) });
  nodes.delete(path);
  addUsage(nodes, path, -1, -(node.data?.length ?? 0));
  watches.deleted(path, parentPath, node.acl, parent.acl, time.zxid);
}

function applySetData(txn: Txn & { kind: "setData" }, { nodes, watches }: ApplyTarget, time: ApplyTime): Applied {
  const { path, data, version } = txn;
  const node = existing(nodes, path);
  nodes.set(path, { ...node, data, version, mzxid: time.zxid, mtimeMs: time.timeMs });
  const stat = statOf(nodes, path);
  addUsage(nodes, path, 0, (data?.length ?? 0) - (node.data?.length ?? 0));
  watches.dataChanged(path, node.acl, time.zxid);
  return { stat };
}
