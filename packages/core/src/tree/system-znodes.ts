import type { WallTimeMs } from "@coterie/interface";
import { ZXID_NONE } from "@coterie/interface";
import { type Acl, PERMISSIONS } from "@coterie/protocol";
import { type AclTable, OPEN_ACL } from "../acl/acl-table.ts";
import { OWNER_NONE } from "./owner.ts";
import type { ZnodeTree } from "./znode-tree.ts";

/** The znodes that every tree has from the start, and that no client may delete (semantics 1, 2.2). */
const ZOOKEEPER_PATH = "/zookeeper";
export const QUOTA_PATH = "/zookeeper/quota";
export const CONFIG_PATH = "/zookeeper/config";

const RESERVED_PATHS: ReadonlySet<string> = new Set(["/", ZOOKEEPER_PATH, QUOTA_PATH, CONFIG_PATH]);
const READ_ONLY_ACL: readonly Acl[] = [{ perms: PERMISSIONS.READ, scheme: "world", id: "anyone" }];
const EMPTY: Uint8Array = new Uint8Array(0);
/** ZooKeeper installs the ACL with this number, and clients see it. */
const CONFIG_AVERSION = -1;

export function isReservedPath(path: string): boolean {
  return RESERVED_PATHS.has(path);
}

/** Fills an empty tree with the initial znodes: no txn makes them, so all zxids, times and counters are 0. */
export function createSystemZnodes(tree: ZnodeTree, acls: AclTable): void {
  tree.createRoot(acls.acquire(OPEN_ACL));
  for (const path of [ZOOKEEPER_PATH, QUOTA_PATH, CONFIG_PATH]) {
    tree.create(path, {
      data: EMPTY,
      aclId: acls.acquire(OPEN_ACL),
      owner: OWNER_NONE,
      zxid: ZXID_NONE,
      timeMs: 0 as WallTimeMs,
    });
  }
  tree.setAcl(tree.find(CONFIG_PATH), acls.acquire(READ_ONLY_ACL), CONFIG_AVERSION);
}
