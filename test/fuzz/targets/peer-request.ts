import { deepStrictEqual } from "node:assert";
import { RequestCodec } from "../../../packages/peer/src/request/request-codec.ts";
import { decodeTouches, encodeTouches } from "../../../packages/peer/src/request/touch-codec.ts";
import { accepted, type Outcome, sizeClass } from "../outcome.ts";
import { decodedOrRefused } from "../refused.ts";

const codec = new RequestCodec();

/** Any bytes as what a learner hands to its leader: a request, or a report of touched sessions. */
export function fuzz(input: Uint8Array): Outcome {
  const bytes = new Uint8Array(input);
  const touches = decodedOrRefused("FRAME_CORRUPT", () => decodeTouches(bytes));
  if (typeof touches !== "string") deepStrictEqual(encodeTouches(touches), bytes);
  const request = decodedOrRefused("FRAME_CORRUPT", () => codec.decode(bytes));
  if (typeof request === "string") return typeof touches === "string" ? request : accepted("touches");
  deepStrictEqual(codec.decode(codec.encode(request)), request);
  const kind = request.kind === "client" ? request.write.kind : request.kind;
  return accepted(`${kind} of ${sizeClass(input.length)} bytes`);
}
