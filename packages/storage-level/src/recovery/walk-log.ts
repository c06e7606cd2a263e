import type { Zxid } from "@coterie/interface";
import type { KeyRange } from "../database/cursor.ts";
import type { Database } from "../database/database.ts";
import { readable } from "../database/readable.ts";
import { logGenerationKey, logKeyFrom } from "../format/keys.ts";
import type { Stored } from "../format/log-record.ts";

/** All log records of a generation. */
export function logRange(generation: number): KeyRange {
  return { from: logGenerationKey(generation), end: logGenerationKey(generation + 1) };
}

/** Key and value of every log record that ends at `from` or above and can be read, as `Database.readable` gives them. */
export function walkLog(
  database: Database,
  generation: number,
  from: Zxid,
  keysMax?: number,
): AsyncGenerator<readonly Stored[], void> {
  const range: KeyRange = { from: logKeyFrom(generation, from), end: logRange(generation).end };
  return readable(database, range, keysMax === undefined ? {} : { keysMax });
}
