import type { LogPosition, Zxid } from "@coterie/interface";
import { type Database, isCorrupt } from "../database/database.ts";
import { keyText, logKeyBehind, logKeyFrom } from "../format/keys.ts";
import { decodeLogRecord } from "../format/log-record.ts";
import { faultBehind, type StoredState } from "../recovery/stored-state.ts";

/** The highest position that is no higher than `upTo`, and at which a record, or a fault, ends. */
export async function findBase(database: Database, state: StoredState, upTo: Zxid): Promise<LogPosition> {
  const { base, faults } = state;
  if (upTo <= base.zxid) return base;
  const fault = faultBehind(faults, upTo);
  if (fault !== undefined) return fault.after;
  const ended = faults.findLast((earlier) => earlier.upTo.zxid <= upTo)?.upTo ?? base;
  const recordEnd = await lastEnd(database, state, upTo);
  return recordEnd !== null && recordEnd.zxid > ended.zxid ? recordEnd : ended;
}

async function lastEnd(database: Database, state: StoredState, upTo: Zxid): Promise<LogPosition | null> {
  const { logGeneration, base, hiddenKeys } = state;
  const range = { from: logKeyFrom(logGeneration, (base.zxid + 1) as Zxid), end: logKeyBehind(logGeneration, upTo) };
  const cursor = database.cursor(range, { reverse: true, keysMax: 1 });
  try {
    for (let found = await cursor.next(); found.length > 0; found = await cursor.next()) {
      const { key, value } = found[0]!;
      if (hiddenKeys.has(keyText(key))) continue;
      // One that cannot be read is a fault that nobody has met yet: a reading will name it.
      return decodeLogRecord(key, value)?.end ?? null;
    }
    return null;
  } catch (error) {
    if (isCorrupt(error)) return null;
    throw error;
  } finally {
    await cursor.close();
  }
}
