import type { AuthId } from "@coterie/core";
import type { ErrorCode } from "@coterie/interface";
import type { RequestBody, ResponseBody } from "@coterie/protocol";
import type { Answered, ReplyZxid } from "./asked.ts";
import { clientInfoOf } from "./identities.ts";

/** Without the leader: all others become txns, or questions to a quorum. */
export function isAnsweredHere({ kind }: RequestBody): boolean {
  switch (kind) {
    case "create":
    case "create2":
    case "createContainer":
    case "createTTL":
    case "delete":
    case "setData":
    case "setACL":
    case "multi":
    case "reconfig":
    case "sync":
    case "closeSession":
      return false;
    default:
      return true;
  }
}

export function succeeded(tag: number, atMs: number, zxid: ReplyZxid, body: ResponseBody): Answered {
  return {
    kind: "answered",
    operation: body.kind as RequestBody["kind"],
    tag,
    atMs,
    zxid,
    code: null,
    body,
    isLast: false,
  };
}

/** To what needs neither a txn nor the tree; a check outside of a multi is refused. */
export function answeredAtOnce(
  tag: number,
  atMs: number,
  { kind }: { readonly kind: RequestBody["kind"] },
  identities: readonly AuthId[],
): Answered {
  switch (kind) {
    case "whoAmI":
      return succeeded(tag, atMs, "last", { kind, clientInfo: clientInfoOf(identities) });
    case "sasl":
      return succeeded(tag, atMs, 0, { kind, token: null });
    default:
      return refused(tag, atMs, kind, "UNIMPLEMENTED", -1);
  }
}

/** An answer behind which the connection ends. */
export function refused(
  tag: number,
  atMs: number,
  operation: RequestBody["kind"],
  code: ErrorCode,
  zxid: ReplyZxid,
): Answered {
  return { kind: "answered", operation, tag, atMs, zxid, code, body: null, isLast: true };
}
