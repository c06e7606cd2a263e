import { deepStrictEqual } from "node:assert";
import { RequestCodec } from "../../../packages/peer/src/request/request-codec.ts";
import { decodeTouches, encodeTouches } from "../../../packages/peer/src/request/touch-codec.ts";
import { decodedOrRefused } from "../refused.ts";

/** Any bytes as what a learner hands to its leader: a request, or a report of touched sessions. */
export function fuzz(input: Uint8Array): void {
  const bytes = new Uint8Array(input);
  const codec = new RequestCodec();
  const request = decodedOrRefused("FRAME_CORRUPT", () => codec.decode(bytes));
  if (request !== null) deepStrictEqual(codec.decode(codec.encode(request)), request);
  const touches = decodedOrRefused("FRAME_CORRUPT", () => decodeTouches(bytes));
  if (touches !== null) deepStrictEqual(encodeTouches(touches), bytes);
}
