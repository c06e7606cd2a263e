import { deepStrictEqual } from "node:assert";
import { decodeHello, encodeHello } from "../../../packages/consensus/src/index.ts";
import { decodedOrRefused } from "../refused.ts";

/** Any bytes as the first frame of a link. */
export function fuzz(input: Uint8Array): void {
  const told = decodedOrRefused("FRAME_CORRUPT", () => decodeHello(input));
  if (told === null) return;
  deepStrictEqual(decodeHello(encodeHello(told.hello, told.versionMin, told.versionMax)), told);
}
