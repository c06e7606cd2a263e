import { CoterieError } from "@coterie/storage-level";
import { type FileDanger, findDangers } from "./check-database.ts";

/** Dangers that a message names. */
const NAMED_MAX = 3;

/**
 * Refuses a database that LevelDB would end the process for; changes nothing.
 *
 * @param name what a reader would look for, as "the database in data/db"
 * @throws CoterieError STORE_CORRUPT
 */
export async function refuseDangers(name: string, directory: string): Promise<void> {
  const dangers = await findDangers(directory);
  if (dangers.length === 0) return;
  const named = dangers.slice(0, NAMED_MAX).map(describe).join("; ");
  const more = dangers.length > NAMED_MAX ? `; and ${dangers.length - NAMED_MAX} more` : "";
  const why = "LevelDB would not notice, and could end this process.";
  const advice = "Nothing was changed: look at it with the doctor, then repair it with rebuild-database.";
  throw new CoterieError("STORE_CORRUPT", `${name} is damaged: ${named}${more}. ${why} ${advice}`);
}

function describe({ file, part, offset, what }: FileDanger): string {
  if (part === "write") return `${file}: the write at ${offset} ${what}`;
  return part === "block" ? `${file}: the block at ${offset} ${what}` : `${file} ${what}`;
}
