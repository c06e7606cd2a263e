import { CoterieError, type ErrorCode } from "@coterie/interface";
import type { RequestHeader } from "./records/headers.ts";

/**
 * What was wrong with the bytes.
 *
 * - `length-negative`: a frame length below 0, or the length of a string or buffer below -1.
 * - `length-above-limit`: a frame, string or buffer longer than the declared limit.
 * - `count-negative`: a vector's count below -1.
 * - `count-above-limit`: a vector claims more items than the bytes that remain could hold.
 * - `truncated`: the record needs more bytes than the frame holds.
 * - `null-field`: a string, buffer or vector is null where ZooKeeper cannot use null.
 * - `multi-opcode`: a multi or multiRead holds an operation or result that does not belong there.
 * - `unknown-opcode`: the type in the header is no opcode.
 * - `opcode-refused`: the type is an opcode, but not one that a client may send there: the server-internal ones,
 *   the notification, and check outside a multi.
 */
export type ProtocolErrorReason =
  | "length-negative"
  | "length-above-limit"
  | "count-negative"
  | "count-above-limit"
  | "truncated"
  | "null-field"
  | "multi-opcode"
  | "unknown-opcode"
  | "opcode-refused";

/**
 * Bytes that are not the protocol. `code` is `UNIMPLEMENTED` for the two opcode reasons, else `MARSHALLING_ERROR`.
 *
 * `header` is present iff the header of a request could be read. A server answers as the reference does
 * (client-protocol.md, section 10): no header, close in silence; `MARSHALLING_ERROR`, reply -5 and go on;
 * `UNIMPLEMENTED`, reply -6 and close.
 */
export class ProtocolError extends CoterieError {
  declare readonly code: "MARSHALLING_ERROR" | "UNIMPLEMENTED";
  readonly reason: ProtocolErrorReason;
  readonly header: RequestHeader | null;

  constructor(reason: ProtocolErrorReason, message: string, header: RequestHeader | null = null) {
    super(codeOfReason(reason), message);
    this.name = "ProtocolError";
    this.reason = reason;
    this.header = header;
  }
}

function codeOfReason(reason: ProtocolErrorReason): ErrorCode {
  return reason === "unknown-opcode" || reason === "opcode-refused" ? "UNIMPLEMENTED" : "MARSHALLING_ERROR";
}

export function isProtocolError(value: unknown): value is ProtocolError {
  return value instanceof ProtocolError;
}
