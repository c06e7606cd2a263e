import { codeOfWire, CoterieError, type ErrorCode } from "@coterie/interface";
import type { MultiResponse, MultiResult, Response, ResponseBody } from "@coterie/protocol";
import type { ChannelReply } from "@coterie/session";

/** What a session is told of a response. Its buffers belong to the session: frames are not to be written to. */
export function replyOf(response: Response): ChannelReply {
  const { zxid, err } = response;
  const body = response.body === null ? null : ownBody(response.body);
  if (err !== 0) return { zxid, code: codeOf(err), body, ...reasonOf(err) };
  // A multi that failed is a success in its header; the first operation that really failed says what it was.
  const failed = body?.kind === "multi" ? failureOf(body) : 0;
  if (failed !== 0) return { zxid, code: codeOf(failed), body, ...reasonOf(failed) };
  return { zxid, code: null, body };
}

/** There is no answer. */
export function noReply(code: ErrorCode, reason: CoterieError): ChannelReply {
  return { zxid: 0, code, body: null, reason };
}

function codeOf(err: number): ErrorCode {
  return codeOfWire(err) ?? "SYSTEM_ERROR";
}

function reasonOf(err: number): { reason?: CoterieError } {
  if (codeOfWire(err) !== undefined) return {};
  return { reason: new CoterieError("SYSTEM_ERROR", `The server answered with the error ${err}, which has no name.`) };
}

/** 0 if none has failed. Those before the failed one say 0, those behind it RUNTIME_INCONSISTENCY (client-protocol 5). */
function failureOf(multi: MultiResponse): number {
  const failed = multi.results.find((result) => result.kind === "error" && result.err !== 0);
  return failed?.kind === "error" ? failed.err : 0;
}

function ownBody(body: ResponseBody): ResponseBody {
  switch (body.kind) {
    case "getData":
    case "reconfig":
      return { ...body, data: body.data?.slice() ?? null };
    case "sasl":
      return { ...body, token: body.token?.slice() ?? null };
    case "multiRead":
      return { ...body, results: body.results.map(ownResult) };
    default:
      return body;
  }
}

function ownResult(result: MultiResult): MultiResult {
  return result.kind === "getData" ? { ...result, data: result.data?.slice() ?? null } : result;
}
