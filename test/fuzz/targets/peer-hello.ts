import { deepStrictEqual } from "node:assert";
import { decodeHello, encodeHello } from "../../../packages/consensus/src/index.ts";
import { accepted, type Outcome, sizeClass } from "../outcome.ts";
import { decodedOrRefused } from "../refused.ts";

/** Any bytes as the first frame of a link. */
export function fuzz(input: Uint8Array): Outcome {
  const told = decodedOrRefused("FRAME_CORRUPT", () => decodeHello(input));
  if (typeof told === "string") return told;
  deepStrictEqual(decodeHello(encodeHello(told.hello, told.versionMin, told.versionMax)), told);
  return accepted(`a hello of ${sizeClass(input.length)} bytes`);
}
