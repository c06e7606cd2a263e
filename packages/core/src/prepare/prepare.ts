import { createSessionId, type ErrorCode } from "@coterie/interface";
import {
  createModeOfFlags,
  type CreateRequest,
  type CreateTtlRequest,
  type MultiOp,
  type SetAclRequest,
} from "@coterie/protocol";
import { createPermissionMemo } from "../acl/permissions.ts";
import { isEphemeralOwner } from "../tree/owner.ts";
import type { ErrorTxn, MultiTxn, Txn, ZnodeTxn } from "../txn/txn.ts";
import { prepareCreate } from "./prepare-create.ts";
import { prepareDelete, prepareDeleteContainer } from "./prepare-delete.ts";
import type { PrepareScope } from "./prepare-scope.ts";
import { prepareCheck, prepareSetAcl, prepareSetData } from "./prepare-set.ts";
import type { CreateSessionRequest, PrepareContext, WriteRequest } from "./write-request.ts";

/**
 * From a request to the txn that says what it will do, by the committed state and everything prepared before it.
 * A request that fails becomes an `ErrorTxn`: a value, which takes its zxid like any other.
 */
export function prepareTxn(scope: PrepareScope, request: WriteRequest, context: PrepareContext): Txn {
  switch (request.kind) {
    case "multi":
      return prepareMulti(scope, request.ops, context);
    case "createSession":
      return prepareCreateSession(scope, request, context);
    case "closeSession":
      // Not checked itself: a close of a session that is gone is harmless, and repeatable. But what owns no ephemeral
      // must not be looked for as an owner: 0 is every persistent znode's.
      if (isEphemeralOwner(request.id)) scope.pending.closeSession(request.id, context.zxid);
      return { kind: "closeSession", id: request.id };
    case "deleteContainer":
      return orError(prepareDeleteContainer(scope, request, context));
    case "config":
      return { kind: "config", data: request.data };
    case "refuse":
      return errorTxn(request.code);
    case "reconfig":
      return errorTxn("RECONFIG_DISABLED");
    case "check":
      // By itself it would be logged as a txn that nothing can apply (ZOOKEEPER-2623).
      return errorTxn("UNIMPLEMENTED");
    default:
      return orError(prepareOperation(scope, request, context));
  }
}

function prepareCreateSession(scope: PrepareScope, request: CreateSessionRequest, context: PrepareContext): Txn {
  const id = createSessionId(request.peerId, context.zxid);
  scope.pending.openSession(id, context.zxid);
  return { kind: "createSession", id, timeoutMs: request.timeoutMs, verifier: request.verifier };
}

/** Each operation asks for the session by itself; a create looks at its flags even before that (semantics 2.1). */
function prepareOperation(
  scope: PrepareScope,
  operation: MultiOp | SetAclRequest,
  context: PrepareContext,
): ZnodeTxn | ErrorCode {
  if (isCreate(operation)) return prepareCreate(scope, operation, context);
  if (!scope.isSessionOpen(context.sessionId)) return "SESSION_EXPIRED";
  switch (operation.kind) {
    case "delete":
      return prepareDelete(scope, operation, context);
    case "setData":
      return prepareSetData(scope, operation, context);
    case "setACL":
      return prepareSetAcl(scope, operation, context);
    case "check":
      return prepareCheck(scope, operation, context);
  }
}

/** Operations see the effects of those before them; one that fails takes all of them back (semantics 2.3). */
function prepareMulti(
  scope: PrepareScope,
  operations: readonly MultiOp[],
  context: PrepareContext,
): MultiTxn | ErrorTxn {
  // A flag that no mode has does not even decode, as far as ZooKeeper's clients can tell (client-protocol 5).
  if (operations.some((operation) => isCreate(operation) && createModeOfFlags(operation.flags) === undefined)) {
    return errorTxn("MARSHALLING_ERROR");
  }
  const txns: ZnodeTxn[] = [];
  const inMulti: PrepareScope = { ...scope, isPermitted: createPermissionMemo() };
  scope.pending.begin();
  for (const operation of operations) {
    const txn = prepareOperation(inMulti, operation, context);
    if (typeof txn === "string") {
      scope.pending.rollback();
      return failedMulti(operations.length, txns.length, txn);
    }
    txns.push(txn);
  }
  scope.pending.commit();
  return { kind: "multi", txns };
}

function isCreate(operation: MultiOp | SetAclRequest): operation is CreateRequest | CreateTtlRequest {
  return "flags" in operation;
}

/** What clients are told of each operation: 0 before the one that failed, its code, -2 behind it. */
function failedMulti(count: number, failedAt: number, code: ErrorCode): ErrorTxn {
  const results = Array.from({ length: count }, (_, index) => {
    if (index === failedAt) return code;
    return index < failedAt ? null : "RUNTIME_INCONSISTENCY";
  });
  return { kind: "error", code, results };
}

function orError(txn: ZnodeTxn | ErrorCode): ZnodeTxn | ErrorTxn {
  return typeof txn === "string" ? errorTxn(txn) : txn;
}

export function errorTxn(code: ErrorCode): ErrorTxn {
  return { kind: "error", code, results: null };
}
