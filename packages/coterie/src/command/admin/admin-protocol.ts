import { CoterieError, type ErrorCode, ERROR_CODES } from "@coterie/interface";

/** What is asked of a peer over its admin socket: one question a connection, in one frame of JSON. */
export interface AdminRequest {
  readonly command: "backup";
  /** Null for as fast as it is taken. */
  readonly bytesPerSecond: number | null;
}

/** Of a question. */
export const REQUEST_SIZE_MAX_BYTES = 4_096;
/** Of an answer's frame: more than the largest piece of a backup. */
export const ANSWER_SIZE_MAX_BYTES: number = 64 * 2 ** 20;
/** Bytes that wait for the other end before more is made. */
export const SEND_QUEUE_TARGET_BYTES: number = 2 ** 20;

/** The first byte of each frame of an answer. */
export const ANSWER = { data: 0, done: 1, error: 2 } as const;

/** @throws CoterieError BAD_ARGUMENTS */
export function decodeRequest(frame: Uint8Array): AdminRequest {
  const found = parse(frame);
  const { command, bytesPerSecond } = found;
  const isRate = bytesPerSecond === null || (Number.isSafeInteger(bytesPerSecond) && (bytesPerSecond as number) > 0);
  if (command === "backup" && isRate) return { command, bytesPerSecond: bytesPerSecond as number | null };
  throw new CoterieError("BAD_ARGUMENTS", "the question is none that this version of coterie answers");
}

export function encodeAnswer(kind: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const frame = new Uint8Array(1 + body.length);
  frame[0] = kind;
  frame.set(body, 1);
  return frame;
}

export function encodeError(error: unknown): Uint8Array {
  const code = error instanceof CoterieError ? error.code : "SYSTEM_ERROR";
  const message = error instanceof Error ? error.message : String(error);
  return encodeAnswer(ANSWER.error, Buffer.from(JSON.stringify({ code, message })));
}

/** Whatever the bytes are. */
export function decodeError(body: Uint8Array): CoterieError {
  const { code, message } = parse(body);
  const isKnown = typeof code === "string" && Object.hasOwn(ERROR_CODES, code);
  const why = typeof message === "string" ? message : "the peer does not say what went wrong";
  return new CoterieError(isKnown ? (code as ErrorCode) : "SYSTEM_ERROR", why);
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (typeof found === "object" && found !== null) return found as Readonly<Record<string, unknown>>;
  } catch {
    // It says nothing, then.
  }
  return {};
}
