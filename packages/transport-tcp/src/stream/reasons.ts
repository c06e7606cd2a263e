import { CoterieError, type ErrorCode } from "@coterie/interface";

/** An error with what Node.js or OpenSSL says about it, if anything. */
export function reasonOf(code: ErrorCode, message: string, cause?: unknown): CoterieError {
  return new CoterieError(code, message, cause === undefined ? {} : { cause });
}

const TEXT_SHOWN_SIZE_MAX = 300;

/** A value that came from outside, for a message: short, whatever it is. */
export function shownOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, TEXT_SHOWN_SIZE_MAX));
  if (typeof value === "number" || value === undefined || value === null) return String(value);
  return `a value of type ${typeof value}`;
}

/** Node.js's code of an error (`ECONNRESET`, say), or its message where it has none. */
export function wordOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code ?? error.message;
}
