import type { AclSpec, MultiOp } from "@coterie/protocol";
import type { AuthId } from "../acl/auth-id.ts";
import type { WriteRequest } from "./write-request.ts";

/** What stands before the operations: session, cxid, time, type, and the count of a multi's. */
const HEADER_SIZE_BYTES = 28;
/** Type, lengths, numbers and sequential digits of any one operation; a create's are the most. */
const FIXED_SIZE_MAX_BYTES = 40;
/** A UTF-16 unit becomes at most three bytes. */
const UNIT_SIZE_MAX_BYTES = 3;

/**
 * How large the txn of `request` can become at most: known before anything is prepared, so that what is too large
 * is refused without a trace.
 */
export function txnSizeMaxOf(request: WriteRequest, identities: readonly AuthId[]): number {
  return HEADER_SIZE_BYTES + bodySizeMax(request, identities);
}

function bodySizeMax(request: WriteRequest, identities: readonly AuthId[]): number {
  switch (request.kind) {
    case "multi":
      return request.ops.reduce((sum, operation) => sum + operationSizeMax(operation, identities), 0);
    case "createSession":
      return FIXED_SIZE_MAX_BYTES + request.verifier.length;
    case "config":
      return FIXED_SIZE_MAX_BYTES + request.data.length;
    case "setACL":
      return FIXED_SIZE_MAX_BYTES + textSizeMax(request.path) + aclSizeMax(request.acl, identities);
    case "closeSession":
    case "deleteContainer":
    case "reconfig":
    case "refuse":
      return FIXED_SIZE_MAX_BYTES + ("path" in request ? textSizeMax(request.path) : 0);
    default:
      return operationSizeMax(request, identities);
  }
}

function operationSizeMax(operation: MultiOp, identities: readonly AuthId[]): number {
  const size = FIXED_SIZE_MAX_BYTES + textSizeMax(operation.path);
  switch (operation.kind) {
    case "setData":
      return size + dataSize(operation.data);
    case "delete":
    case "check":
      return size;
    default:
      return size + dataSize(operation.data) + aclSizeMax(operation.acl, identities);
  }
}

function dataSize(data: Uint8Array | null): number {
  return data === null ? 0 : data.length;
}

/** An entry of scheme `auth` may become one for each identity. */
function aclSizeMax(acl: readonly AclSpec[] | null, identities: readonly AuthId[]): number {
  let size = 0;
  let shownSize = -1;
  for (const { scheme, id } of acl ?? []) {
    if (scheme !== "auth") size += entrySizeMax(scheme, id ?? "");
    else size += shownSize < 0 ? (shownSize = identitiesSizeMax(identities)) : shownSize;
  }
  return size;
}

function identitiesSizeMax(identities: readonly AuthId[]): number {
  return identities.reduce((sum, { scheme, id }) => sum + entrySizeMax(scheme, id), 0);
}

/** Perms and two lengths stand with the texts. */
function entrySizeMax(scheme: string, id: string): number {
  return 12 + textSizeMax(scheme) + textSizeMax(id);
}

function textSizeMax(text: string): number {
  return text.length * UNIT_SIZE_MAX_BYTES;
}
