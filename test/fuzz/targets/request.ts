import { readRequest, writeRequest } from "../../../packages/protocol/src/index.ts";
import { checkCodec } from "../check-codec.ts";
import type { Outcome } from "../outcome.ts";

/** Any bytes as a request. */
export function fuzz(input: Uint8Array): Outcome {
  return checkCodec(input, readRequest, writeRequest, ({ body }) => body.kind);
}
