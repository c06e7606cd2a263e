import type { ErrorCode } from "@coterie/interface";
import {
  CREATE_MODES,
  type CreateModeTraits,
  createModeOfFlags,
  type CreateRequest,
  type CreateTtlRequest,
  PERMISSIONS,
  TTL_MAX_MS,
} from "@coterie/protocol";
import { normalizeAcl } from "../acl/normalize-acl.ts";
import { parentPathOf } from "../path/split-path.ts";
import { hasParentPart, isValidPath } from "../path/validate-path.ts";
import { isEphemeralOwner, OWNER_CONTAINER, OWNER_NONE, ownerOfTtl } from "../tree/owner.ts";
import type { CreateTxn } from "../txn/txn.ts";
import type { PrepareScope } from "./prepare-scope.ts";
import { sequenceSuffix } from "./versions.ts";
import type { PrepareContext } from "./write-request.ts";

type AnyCreateRequest = CreateRequest | CreateTtlRequest;

/** The create family. The steps and their order are those of semantics 2.1. */
export function prepareCreate(
  scope: PrepareScope,
  request: AnyCreateRequest,
  context: PrepareContext,
): CreateTxn | ErrorCode {
  const mode = checkMode(request, scope.extendedTypesEnabled);
  if (typeof mode === "string") return mode;
  if (!scope.isSessionOpen(context.sessionId)) return "SESSION_EXPIRED";
  if (!hasParentPart(request.path)) return "BAD_ARGUMENTS";
  const acl = normalizeAcl(request.acl, context.identities, scope.aclEntriesMax);
  if (typeof acl === "string") return acl;
  const parentPath = parentPathOf(request.path);
  const parent = scope.pending.get(parentPath);
  if (parent === null) return "NO_NODE";
  if (!scope.isPermitted(parent.acl, PERMISSIONS.CREATE, context.identities)) return "NO_AUTH";
  const path = mode.sequential ? request.path + sequenceSuffix(parent.cversion) : request.path;
  if (!isValidPath(path)) return "BAD_ARGUMENTS";
  if (scope.pending.get(path) !== null) return "NODE_EXISTS";
  if (isEphemeralOwner(parent.owner)) return "NO_CHILDREN_FOR_EPHEMERALS";
  const dataLength = request.data === null ? -1 : request.data.length;
  const bytes = Math.max(0, dataLength);
  if (!scope.hasRoom(1) || !scope.hasRoomForAcl(acl)) return "QUOTA_EXCEEDED";
  if (scope.quotas.isExceededBy(path, bytes, 1)) return "QUOTA_EXCEEDED";

  const owner = ownerOf(mode, request, context);
  const parentCversion = (parent.cversion + 1) | 0;
  scope.pending.setChildren(parent, parentCversion, parent.childCount + 1, context.zxid);
  scope.pending.create(path, owner, acl, dataLength, context.zxid);
  return { kind: "create", path, data: request.data, acl, parentCversion, owner };
}

/** Steps 1 and 2, and the rule that opcode and flags must belong together (client-protocol 4.1). */
function checkMode(request: AnyCreateRequest, extendedTypesEnabled: boolean): CreateModeTraits | ErrorCode {
  const name = createModeOfFlags(request.flags);
  const mode = name === undefined ? undefined : CREATE_MODES[name];
  if (mode !== undefined && mode.ttl && !extendedTypesEnabled) return "UNIMPLEMENTED";
  if (mode === undefined) return "BAD_ARGUMENTS";
  if (mode.container !== (request.kind === "createContainer")) return "BAD_ARGUMENTS";
  if (mode.ttl !== (request.kind === "createTTL")) return "BAD_ARGUMENTS";
  return request.kind === "createTTL" && !isTtl(request.ttlMs) ? "BAD_ARGUMENTS" : mode;
}

function isTtl(ttlMs: number): boolean {
  return Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= TTL_MAX_MS;
}

function ownerOf(mode: CreateModeTraits, request: AnyCreateRequest, context: PrepareContext): bigint {
  if (mode.ephemeral) return context.sessionId;
  if (mode.container) return OWNER_CONTAINER;
  return request.kind === "createTTL" ? ownerOfTtl(request.ttlMs) : OWNER_NONE;
}
