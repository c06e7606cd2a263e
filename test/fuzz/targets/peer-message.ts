import { deepStrictEqual } from "node:assert";
import { decodeMessage, encodeMessage } from "../../../packages/consensus/src/index.ts";
import { decodedOrRefused } from "../refused.ts";

/** Any bytes as a frame of a link that is up: a message has one frame only. */
export function fuzz(input: Uint8Array): void {
  const bytes = new Uint8Array(input);
  const message = decodedOrRefused("FRAME_CORRUPT", () => decodeMessage(bytes));
  if (message !== null) deepStrictEqual(new Uint8Array(encodeMessage(message)), bytes);
}
