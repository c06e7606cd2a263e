import type { ErrorCode } from "@coterie/interface";
import type { RequestBody, ResponseBody } from "@coterie/protocol";
import type { Answered, ReplyZxid } from "./asked.ts";

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
