import type { ResponseBody } from "@coterie/protocol";

/** An answer whose buffers are the receiver's: what serving gives are views of the tree, which changes. */
export function copyReply(body: ResponseBody): ResponseBody {
  switch (body.kind) {
    case "getData":
      return body.data === null ? body : { ...body, data: body.data.slice() };
    case "multiRead":
      return {
        ...body,
        results: body.results.map((result) =>
          result.kind === "getData" && result.data !== null ? { ...result, data: result.data.slice() } : result,
        ),
      };
    case "reconfig":
      return body.data === null ? body : { ...body, data: body.data.slice() };
    default:
      return body;
  }
}
