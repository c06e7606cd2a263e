import type { ErrorCode } from "../../packages/interface/src/index.ts";
import type { AclEntry, AuthId, CheckOp, CreateOp, DeleteOp, ExpectedVersion, SetAclOp, SetDataOp } from "./command.ts";
import { isAllowed, normaliseAcl, PERMS } from "./reference-acl.ts";
import { incrementInt32, nextVersion, sequenceSuffix, versionMatches } from "./reference-counter.ts";
import { childrenOf, CONTAINER_OWNER, isSessionOwner, newNode, type Nodes } from "./reference-node.ts";
import { TTL_MS_MAX, ttlOwner } from "./reference-node.ts";
import { isValidPath, parentOf } from "./reference-path.ts";
import { exceedsQuota } from "./reference-quota.ts";

/** A checked write: results, not conditions (semantics 2). */
export type Txn =
  | {
      readonly kind: "create";
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly AclEntry[];
      readonly owner: bigint;
      readonly parentCversion: number;
    }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "setData"; readonly path: string; readonly data: Uint8Array | null; readonly version: number }
  | { readonly kind: "setAcl"; readonly path: string; readonly acl: readonly AclEntry[]; readonly version: number }
  | { readonly kind: "check" };

export type WriteOp = CreateOp | DeleteOp | SetDataOp | SetAclOp | CheckOp;

export interface PrepareContext {
  /** The tree with every earlier write done. */
  readonly committed: Nodes;
  /** The same plus what the earlier operations of this multi will do. Changed by each operation that passes. */
  readonly pending: Nodes;
  /** Undefined if the session is unknown, closing or closed. */
  readonly sessionId: bigint | undefined;
  readonly auth: readonly AuthId[];
  readonly extendedTypesEnabled: boolean;
  readonly enforceQuota: boolean;
  readonly aclSchemes: readonly string[];
  readonly zxid: number;
  readonly timeMs: number;
}

/** A string is the error. */
export type Prepared = Txn | ErrorCode;

export function prepareWrite(op: WriteOp, context: PrepareContext): Prepared {
  switch (op.kind) {
    case "create":
      return prepareCreate(op, context);
    case "delete":
      return prepareDelete(op, context);
    case "setData":
      return prepareSetData(op, context);
    case "setAcl":
      return prepareSetAcl(op, context);
    case "check":
      return prepareCheck(op, context);
  }
}

/** Versions must have been resolved before a command runs. */
function versionNumber(version: ExpectedVersion): number {
  if (typeof version !== "number") throw new Error("a symbolic version reached the reference; use resolveCommand");
  return version;
}

/** Semantics 2.1, in the order of its table. */
function prepareCreate(op: CreateOp, context: PrepareContext): Prepared {
  const { committed, pending, sessionId, auth } = context;
  const mode = createModeOf(op.flags);
  if (mode?.isTtl === true && !context.extendedTypesEnabled) return "UNIMPLEMENTED"; // 1
  if (mode === undefined || !mode.opcodes.includes(op.opcode)) return "BAD_ARGUMENTS"; // 2, client-protocol 4.1
  if (mode.isTtl && !(op.ttlMs >= 1 && op.ttlMs <= TTL_MS_MAX)) return "BAD_ARGUMENTS"; // 2
  if (sessionId === undefined) return "SESSION_EXPIRED"; // 3
  const parentPath = parentOf(op.path);
  if (parentPath === undefined || op.path.includes("\0")) return "BAD_ARGUMENTS"; // 4
  const acl = normaliseAcl(op.acl, auth, context.aclSchemes); // 5
  if (acl === undefined) return "INVALID_ACL";
  const parent = pending.get(parentPath);
  if (parent === undefined) return "NO_NODE"; // 6
  if (!isAllowed(parent.acl, PERMS.create, auth)) return "NO_AUTH"; // 7
  const path = mode.isSequential ? op.path + sequenceSuffix(parent.cversion) : op.path; // 8
  if (!isValidPath(path)) return "BAD_ARGUMENTS"; // 9
  if (pending.has(path)) return "NODE_EXISTS"; // 10
  if (isSessionOwner(parent.ephemeralOwner)) return "NO_CHILDREN_FOR_EPHEMERALS"; // 11
  if (context.enforceQuota && exceedsQuota(committed, path, 1, op.data?.length ?? 0)) return "QUOTA_EXCEEDED"; // 12

  const owner = ownerOf(op, mode, sessionId);
  const parentCversion = incrementInt32(parent.cversion);
  pending.set(parentPath, { ...parent, cversion: parentCversion });
  pending.set(path, newNode(op.data, acl, owner, context.zxid, context.timeMs));
  return { kind: "create", path, data: op.data, acl, owner, parentCversion };
}

interface CreateMode {
  readonly isEphemeral: boolean;
  readonly isSequential: boolean;
  readonly isTtl: boolean;
  readonly opcodes: readonly CreateOp["opcode"][];
}

/** Client-protocol 4.1. */
export function createModeOf(flags: number): CreateMode | undefined {
  if (!Number.isInteger(flags) || flags < 0 || flags > 6) return undefined;
  const isTtl = flags === 5 || flags === 6;
  return {
    isEphemeral: flags === 1 || flags === 3,
    isSequential: flags === 2 || flags === 3 || flags === 6,
    isTtl,
    opcodes: isTtl ? ["createTTL"] : flags === 4 ? ["createContainer"] : ["create", "create2"],
  };
}

/** Semantics 2.4. */
function ownerOf(op: CreateOp, mode: CreateMode, sessionId: bigint): bigint {
  if (mode.isTtl) return ttlOwner(op.ttlMs);
  if (mode.isEphemeral) return sessionId;
  return op.opcode === "createContainer" ? CONTAINER_OWNER : 0n;
}

/** Semantics 2.2. */
const NEVER_DELETED: readonly string[] = ["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"];

function prepareDelete(op: DeleteOp, context: PrepareContext): Prepared {
  const { pending, auth } = context;
  if (context.sessionId === undefined) return "SESSION_EXPIRED";
  const parentPath = parentOf(op.path);
  if (parentPath === undefined || op.path.includes("\0") || NEVER_DELETED.includes(op.path)) return "BAD_ARGUMENTS";
  const parent = pending.get(parentPath);
  if (parent === undefined) return "NO_NODE";
  if (!isAllowed(parent.acl, PERMS.delete, auth)) return "NO_AUTH";
  const node = pending.get(op.path);
  if (node === undefined) return "NO_NODE";
  if (!versionMatches(node.version, versionNumber(op.version))) return "BAD_VERSION";
  if (childrenOf(pending, op.path).length > 0) return "NOT_EMPTY";
  pending.delete(op.path);
  return { kind: "delete", path: op.path };
}

/** Semantics 2.2. The quota is looked at before the version. */
function prepareSetData(op: SetDataOp, context: PrepareContext): Prepared {
  const { committed, pending, auth } = context;
  if (context.sessionId === undefined) return "SESSION_EXPIRED";
  if (!isValidPath(op.path)) return "BAD_ARGUMENTS";
  const node = pending.get(op.path);
  if (node === undefined) return "NO_NODE";
  if (!isAllowed(node.acl, PERMS.write, auth)) return "NO_AUTH";
  const bytesDiff = (op.data?.length ?? 0) - (node.data?.length ?? 0);
  if (context.enforceQuota && exceedsQuota(committed, op.path, 0, bytesDiff)) return "QUOTA_EXCEEDED";
  if (!versionMatches(node.version, versionNumber(op.version))) return "BAD_VERSION";
  const version = nextVersion(node.version);
  pending.set(op.path, { ...node, data: op.data, version });
  return { kind: "setData", path: op.path, data: op.data, version };
}

/** Semantics 2.2. */
function prepareSetAcl(op: SetAclOp, context: PrepareContext): Prepared {
  const { pending, auth } = context;
  if (context.sessionId === undefined) return "SESSION_EXPIRED";
  if (!isValidPath(op.path)) return "BAD_ARGUMENTS";
  const acl = normaliseAcl(op.acl, auth, context.aclSchemes);
  if (acl === undefined) return "INVALID_ACL";
  const node = pending.get(op.path);
  if (node === undefined) return "NO_NODE";
  if (!isAllowed(node.acl, PERMS.admin, auth)) return "NO_AUTH";
  if (!versionMatches(node.aversion, versionNumber(op.version))) return "BAD_VERSION";
  return { kind: "setAcl", path: op.path, acl, version: nextVersion(node.aversion) };
}

/** Semantics 2.2. */
function prepareCheck(op: CheckOp, context: PrepareContext): Prepared {
  const { pending, auth } = context;
  if (context.sessionId === undefined) return "SESSION_EXPIRED";
  if (!isValidPath(op.path)) return "BAD_ARGUMENTS";
  const node = pending.get(op.path);
  if (node === undefined) return "NO_NODE";
  if (!isAllowed(node.acl, PERMS.read, auth)) return "NO_AUTH";
  if (!versionMatches(node.version, versionNumber(op.version))) return "BAD_VERSION";
  return { kind: "check" };
}
