import { deepStrictEqual } from "node:assert";
import { decodeMessage, encodeMessage } from "../../../packages/consensus/src/index.ts";
import { accepted, type Outcome, sizeClass } from "../outcome.ts";
import { decodedOrRefused } from "../refused.ts";

/** Any bytes as a frame of a link that is up: a message has one frame only. */
export function fuzz(input: Uint8Array): Outcome {
  const bytes = new Uint8Array(input);
  const message = decodedOrRefused("FRAME_CORRUPT", () => decodeMessage(bytes));
  if (typeof message === "string") return message;
  deepStrictEqual(new Uint8Array(encodeMessage(message)), bytes);
  return accepted(`${message.kind} of ${sizeClass(input.length)} bytes`);
}
