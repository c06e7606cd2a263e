import { type Opcode, OPCODES, readResponse, writeResponse } from "../../../packages/protocol/src/index.ts";
import { checkCodec } from "../check-codec.ts";
import type { Outcome } from "../outcome.ts";

const opcodes: readonly Opcode[] = Object.values(OPCODES);

/** The first byte picks the opcode answered, the rest is the response. */
export function fuzz(input: Uint8Array): Outcome {
  const opcode = opcodes[(input[0] ?? 0) % opcodes.length]!;
  return checkCodec(
    input.subarray(1),
    (reader) => readResponse(reader, opcode),
    writeResponse,
    ({ body }) => (body === null ? "error" : body.kind),
  );
}
