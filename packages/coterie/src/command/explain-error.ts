import { CoterieError } from "@coterie/interface";

/** For the operator: the code, by which the documentation knows it, and what was wrong. */
export function explainError(error: unknown): string {
  if (error instanceof CoterieError && !error.message.startsWith(error.code)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
