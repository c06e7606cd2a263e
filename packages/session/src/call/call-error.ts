import { CoterieError, type CoterieErrorOptions, ERROR_CODES, type ErrorCode } from "@coterie/interface";

/** The error of a call about `path`, as the application wrote it; `cause` is told behind it, if it says something. */
export function callError(
  code: ErrorCode,
  path: string | undefined,
  cause: unknown,
  more: Pick<CoterieErrorOptions, "index" | "outcome"> = {},
): CoterieError {
  const where = path === undefined ? "" : `${path}: `;
  const why = cause instanceof Error && cause.message !== "" ? ` (${cause.message})` : "";
  return new CoterieError(code, `${where}${ERROR_CODES[code].meaning}${why}`, {
    ...more,
    ...(path === undefined ? {} : { path }),
    ...(cause === undefined ? {} : { cause }),
  });
}
