import { deepStrictEqual } from "node:assert";
import { readGreeting } from "../../../packages/client/src/connection/handshake.ts";
import {
  readConnectRequest,
  readConnectResponse,
  writeConnectRequest,
  writeConnectResponse,
} from "../../../packages/protocol/src/index.ts";
import { checkCodec } from "../check-codec.ts";
import { accepted, type Outcome } from "../outcome.ts";

/** Any bytes as both halves of the handshake. */
export function fuzz(input: Uint8Array): Outcome {
  const request = checkCodec(input, readConnectRequest, writeConnectRequest, () => "request");
  const response = checkCodec(input, readConnectResponse, writeConnectResponse, () => "response");
  const { kind } = readGreeting(input, null);
  if (response.startsWith("refused")) deepStrictEqual(kind, "broken");
  return request.startsWith("accepted") && response.startsWith("accepted") ? accepted(`both, ${kind}`) : request;
}
