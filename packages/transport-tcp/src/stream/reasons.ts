import { CoterieError, type ErrorCode } from "@coterie/interface";

/** An error with what Node.js or OpenSSL says about it, if anything. */
export function reasonOf(code: ErrorCode, message: string, cause?: unknown): CoterieError {
  return new CoterieError(code, message, cause === undefined ? {} : { cause });
}

/** Node.js's code of an error (`ECONNRESET`, say), or its message where it has none. */
export function wordOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code ?? error.message;
}
