import { CoterieError } from "@coterie/interface";

/** Of a backup that is not what was written, or not all of it. */
export function damaged(what: string, cause?: unknown): CoterieError {
  const message = `the backup cannot be used: ${what}`;
  return new CoterieError("CHECKPOINT_CORRUPT", message, cause === undefined ? {} : { cause });
}
