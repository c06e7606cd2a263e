import { txnSizeMaxOf } from "@coterie/core";
import type { RequestBody } from "@coterie/protocol";

/** About how much memory a request takes while it waits: data and texts, whatever way it came. */
export function sizeOfRequest(body: RequestBody): number {
  switch (body.kind) {
    case "create":
    case "create2":
    case "createContainer":
    case "createTTL":
    case "delete":
    case "setData":
    case "setACL":
    case "multi":
      return txnSizeMaxOf(body, []);
    case "multiRead":
      return body.ops.reduce((bytes, { path }) => bytes + path.length, 0);
    case "setWatches":
      return sizeOfAll(body.dataWatches) + sizeOfAll(body.existWatches) + sizeOfAll(body.childWatches);
    case "setWatches2":
      return (
        sizeOfAll(body.dataWatches) +
        sizeOfAll(body.existWatches) +
        sizeOfAll(body.childWatches) +
        sizeOfAll(body.persistentWatches) +
        sizeOfAll(body.persistentRecursiveWatches)
      );
    case "reconfig":
      return sizeOf(body.joiningServers) + sizeOf(body.leavingServers) + sizeOf(body.newMembers);
    case "auth":
      return body.scheme.length + sizeOf(body.auth);
    case "sasl":
      return sizeOf(body.token);
    default:
      return "path" in body ? body.path.length : 0;
  }
}

function sizeOfAll(texts: readonly string[]): number {
  return texts.reduce((bytes, text) => bytes + text.length, 0);
}

function sizeOf(field: string | Uint8Array | null): number {
  return field?.length ?? 0;
}
