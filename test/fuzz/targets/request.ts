import { readRequest, writeRequest } from "../../../packages/protocol/src/index.ts";
import { checkCodec } from "../check-codec.ts";

/** Any bytes as a request. */
export function fuzz(input: Uint8Array): void {
  checkCodec(input, readRequest, writeRequest);
}
