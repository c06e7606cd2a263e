import {
  readConnectRequest,
  readConnectResponse,
  writeConnectRequest,
  writeConnectResponse,
} from "../../../packages/protocol/src/index.ts";
import { checkCodec } from "../check-codec.ts";

/** Any bytes as both halves of the handshake. */
export function fuzz(input: Uint8Array): void {
  checkCodec(input, readConnectRequest, writeConnectRequest);
  checkCodec(input, readConnectResponse, writeConnectResponse);
}
