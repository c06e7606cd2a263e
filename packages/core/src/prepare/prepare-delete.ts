import type { ErrorCode } from "@coterie/interface";
import { PERMISSIONS, type VersionedPathRequest } from "@coterie/protocol";
import { parentPathOf } from "../path/split-path.ts";
import { hasParentPart } from "../path/validate-path.ts";
import { isTtlOwner, OWNER_CONTAINER } from "../tree/owner.ts";
import { isReservedPath } from "../tree/system-znodes.ts";
import type { DeleteTxn } from "../txn/txn.ts";
import type { PendingZnode } from "./pending-state.ts";
import type { PrepareScope } from "./prepare-scope.ts";
import { isExpectedVersion } from "./versions.ts";
import type { DeleteContainerRequest, PrepareContext } from "./write-request.ts";

/** Order of checks: semantics 2.2. The permission that counts is the parent's. */
export function prepareDelete(
  scope: PrepareScope,
  request: VersionedPathRequest,
  context: PrepareContext,
): DeleteTxn | ErrorCode {
  const { path } = request;
  if (isReservedPath(path) || !hasParentPart(path)) return "BAD_ARGUMENTS";
  const parent = scope.pending.get(parentPathOf(path));
  if (parent === null) return "NO_NODE";
  if (!scope.isPermitted(parent.acl, PERMISSIONS.DELETE, context.identities)) return "NO_AUTH";
  const znode = scope.pending.get(path);
  if (znode === null) return "NO_NODE";
  if (!isExpectedVersion(request.version, znode.version)) return "BAD_VERSION";
  if (znode.childCount > 0) return "NOT_EMPTY";
  return remove(scope, znode, parent, context);
}

/** A reaped znode is looked at again, since it may have changed after the reaper saw it (semantics 2.4). */
export function prepareDeleteContainer(
  scope: PrepareScope,
  request: DeleteContainerRequest,
  context: PrepareContext,
): DeleteTxn | ErrorCode {
  const { path } = request;
  if (isReservedPath(path) || !hasParentPart(path)) return "BAD_ARGUMENTS";
  const parent = scope.pending.get(parentPathOf(path));
  const znode = scope.pending.get(path);
  if (parent === null || znode === null) return "NO_NODE";
  if (znode.childCount > 0) return "NOT_EMPTY";
  // ZooKeeper looks for ephemerals only, and would reap what a client has made persistent in the meantime.
  if (znode.owner !== OWNER_CONTAINER && !isTtlOwner(znode.owner)) return "BAD_VERSION";
  return remove(scope, znode, parent, context);
}

function remove(scope: PrepareScope, znode: PendingZnode, parent: PendingZnode, context: PrepareContext): DeleteTxn {
  scope.pending.setChildren(parent, parent.cversion, parent.childCount - 1, context.zxid);
  scope.pending.remove(znode, context.zxid);
  return { kind: "delete", path: znode.path };
}
