import type { ErrorCode } from "@coterie/interface";
import { PERMISSIONS, type SetAclRequest, type SetDataRequest, type VersionedPathRequest } from "@coterie/protocol";
import { normalizeAcl } from "../acl/normalize-acl.ts";
import { isValidPath } from "../path/validate-path.ts";
import type { CheckTxn, SetAclTxn, SetDataTxn } from "../txn/txn.ts";
import type { PrepareScope } from "./prepare-scope.ts";
import { isExpectedVersion, nextVersion } from "./versions.ts";
import type { PrepareContext } from "./write-request.ts";

/** Order of checks, here and below: semantics 2.2. */
export function prepareSetData(
  scope: PrepareScope,
  request: SetDataRequest,
  context: PrepareContext,
): SetDataTxn | ErrorCode {
  const { path, data } = request;
  const znode = scope.pending.get(path);
  if (znode === null) return missing(path);
  if (!scope.isPermitted(znode.acl, PERMISSIONS.WRITE, context.identities)) return "NO_AUTH";
  const dataLength = data === null ? -1 : data.length;
  const growth = Math.max(0, dataLength) - Math.max(0, znode.dataLength);
  if (!scope.hasRoom(growth) || scope.quotas.isExceededBy(path, growth, 0)) return "QUOTA_EXCEEDED";
  if (!isExpectedVersion(request.version, znode.version)) return "BAD_VERSION";
  const version = nextVersion(znode.version);
  scope.pending.setData(znode, version, dataLength, context.zxid);
  return { kind: "setData", path, data, version };
}

export function prepareSetAcl(
  scope: PrepareScope,
  request: SetAclRequest,
  context: PrepareContext,
): SetAclTxn | ErrorCode {
  const { path } = request;
  const znode = scope.pending.get(path);
  if (znode === null && !isValidPath(path)) return "BAD_ARGUMENTS";
  const acl = normalizeAcl(request.acl, context.identities, scope.aclEntriesMax);
  if (typeof acl === "string") return acl;
  if (znode === null) return "NO_NODE";
  if (!scope.isPermitted(znode.acl, PERMISSIONS.ADMIN, context.identities)) return "NO_AUTH";
  if (!isExpectedVersion(request.version, znode.aversion)) return "BAD_VERSION";
  if (!scope.hasRoomForAcl(acl)) return "QUOTA_EXCEEDED";
  const aversion = nextVersion(znode.aversion);
  scope.pending.setAcl(znode, aversion, acl, context.zxid);
  return { kind: "setACL", path, acl, aversion };
}

/** Only inside a multi. */
export function prepareCheck(
  scope: PrepareScope,
  request: VersionedPathRequest,
  context: PrepareContext,
): CheckTxn | ErrorCode {
  const { path } = request;
  const znode = scope.pending.get(path);
  if (znode === null) return missing(path);
  if (!scope.isPermitted(znode.acl, PERMISSIONS.READ, context.identities)) return "NO_AUTH";
  if (!isExpectedVersion(request.version, znode.version)) return "BAD_VERSION";
  return { kind: "check", path };
}

/** A path comes first in the order of checks; but what names a znode is a valid path and need not be looked at again. */
function missing(path: string): ErrorCode {
  return isValidPath(path) ? "NO_NODE" : "BAD_ARGUMENTS";
}
