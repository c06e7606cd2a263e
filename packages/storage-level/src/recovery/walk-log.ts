import type { Zxid } from "@coterie/interface";
import { type Database, isCorrupt, type KeyRange } from "../database/database.ts";
import { logGenerationKey, logKeyFrom, parseLogKey } from "../format/keys.ts";
import type { Stored } from "../format/log-record.ts";

/** All log records of a generation. */
export function logRange(generation: number): KeyRange {
  return { from: logGenerationKey(generation), end: logGenerationKey(generation + 1) };
}

/**
 * Key and value of every log record that ends at `from` or above, in order, some at a time. What the database itself
 * finds damaged is left out: a whole block of it, or several, without a word of which keys were in there.
 */
export async function* walkLog(
  database: Database,
  generation: number,
  from: Zxid,
): AsyncGenerator<readonly Stored[], void> {
  let next: Zxid | null = from;
  let isCareful = false;
  while (next !== null) {
    const range: KeyRange = { from: logKeyFrom(generation, next), end: logRange(generation).end };
    const cursor = database.cursor(range, isCareful ? { keysMax: 1 } : {});
    try {
      for (let found = await cursor.next(); found.length > 0; found = await cursor.next()) {
        yield found;
        next = behind(found, next);
      }
      return;
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    } finally {
      await cursor.close();
    }
    // Once more, record by record, up to the damage; then on from where it ends.
    if (isCareful) next = await nextReadable(database, generation, next);
    isCareful = !isCareful;
  }
}

function behind(found: readonly Stored[], before: Zxid): Zxid {
  const end = parseLogKey(found.at(-1)!.key)?.end;
  return end === undefined ? before : ((end.zxid + 1) as Zxid);
}

/** The lowest zxid above `damaged` from which the database reads on; null if there is none. */
async function nextReadable(database: Database, generation: number, damaged: Zxid): Promise<Zxid | null> {
  const isReadable = async (zxid: number, reverse = false): Promise<Stored | null> => {
    try {
      return await database.edge({ ...logRange(generation), from: logKeyFrom(generation, zxid as Zxid) }, reverse);
    } catch (error) {
      if (isCorrupt(error)) return null;
      throw error;
    }
  };
  const last = await isReadable(damaged, true);
  let high: number = last === null ? damaged : (parseLogKey(last.key)?.end.zxid ?? damaged);
  if (high <= damaged) return null;
  let low: number = damaged;
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await isReadable(middle)) === null) low = middle;
    else high = middle;
  }
  return high as Zxid;
}
