import { type Zxid, ZXID_NONE } from "@coterie/interface";
import { AclTable } from "./acl/acl-table.ts";
import { StateDigest } from "./digest/state-digest.ts";
import { Quotas } from "./quota/quotas.ts";
import { ReapCandidates } from "./reap/reap-candidates.ts";
import { SessionTable } from "./session/session-table.ts";
import type { PathHashKey } from "./tree/path-hash.ts";
import { ZnodeTree } from "./tree/znode-tree.ts";

/** The replicated state: equal on every peer that has applied the same txns. */
export interface State {
  readonly digest: StateDigest;
  readonly acls: AclTable;
  readonly tree: ZnodeTree;
  readonly sessions: SessionTable;
  readonly quotas: Quotas;
  readonly reap: ReapCandidates;
  /** The last txn that is part of it. */
  zxid: Zxid;
}

export interface StateOptions {
  /** Random, drawn once a process: no part of the state. Default: zeros, which are for tests. */
  readonly hashKey?: PathHashKey;
  /** How long a container that never had a child is kept, by its mtime; 0 keeps it for ever. Default: 0. */
  readonly containerNeverUsedMaxMs?: number;
}

/** A state without a single znode, to be filled. */
export function createEmptyState(options: StateOptions): State {
  const digest = new StateDigest();
  const acls = new AclTable();
  const tree = new ZnodeTree(options.hashKey ?? { k0: 0, k1: 0 }, digest, acls);
  return {
    digest,
    acls,
    tree,
    sessions: new SessionTable(digest),
    quotas: new Quotas(tree),
    reap: new ReapCandidates(tree, { containerNeverUsedMaxMs: options.containerNeverUsedMaxMs ?? 0 }),
    zxid: ZXID_NONE,
  };
}
