import { CoterieError } from "@coterie/interface";
import type { KeyRange } from "../database/cursor.ts";
import { type Database, isCorrupt } from "../database/database.ts";
import { KEYS, parsePageKey } from "../format/keys.ts";
import {
  type BaseRecord,
  type CheckpointRecord,
  decodeBase,
  decodeCheckpoint,
  decodeNotes,
  decodeState,
  type StateRecord,
} from "../format/records.ts";
import type { Stored } from "../format/log-record.ts";
import { isSealed } from "../format/seal.ts";
import { decodeStoreFormat } from "../format/store-format.ts";

/** What stands once in a database; null is what is missing or damaged. */
export interface StoredRecords {
  readonly state: StateRecord | null;
  readonly base: BaseRecord | null;
  readonly checkpoint: CheckpointRecord | null;
  readonly notes: Uint8Array | null;
  readonly isFormatSound: boolean;
  /** What an older version has written becomes the present format with the next write. */
  readonly isFormatOld: boolean;
}

/** Every key of a store. */
export const EVERYTHING: KeyRange = { from: new Uint8Array(0), end: Buffer.of(0xff) };

/**
 * Null for a database that holds nothing at all.
 *
 * @throws CoterieError STORE_FORMAT_UNKNOWN
 */
export async function readRecords(database: Database, name: string): Promise<StoredRecords | null> {
  const format = await database.getSound(KEYS.format);
  const found = format === undefined ? "damaged" : decodeStoreFormat(format);
  if (found === "foreign") throw unknownFormat(database, name, "another program's");
  if (found !== "damaged" && (found < 1 || found > database.format))
    throw unknownFormat(database, name, `format ${found}`);
  const records: StoredRecords = {
    state: decodeState(await database.getSound(KEYS.state)),
    base: decodeBase(await database.getSound(KEYS.base)),
    checkpoint: decodeCheckpoint(await database.getSound(KEYS.checkpoint)),
    notes: decodeNotes(await database.getSound(KEYS.notes)),
    isFormatSound: found !== "damaged",
    isFormatOld: found !== "damaged" && found < database.format,
  };
  if (format !== undefined || records.state !== null) return records;
  const first = await firstOf(database);
  // Pages alone are what a creation that did not come about leaves of its draft.
  if (first === null || (first !== "damaged" && parsePageKey(first.key) !== null)) return null;
  if (records.base !== null || records.checkpoint !== null) return records;
  // Of a database that was rebuilt a table may be missing, and with it all that stands once.
  if (first !== "damaged" && isSealed(first.key, first.value)) return records;
  throw unknownFormat(database, name, "another program's");
}

function unknownFormat({ format }: Database, name: string, whose: string): CoterieError {
  const advice = `Such a place is read here up to format ${format}. Nothing was changed; use the version that wrote it, or another place.`;
  return new CoterieError("STORE_FORMAT_UNKNOWN", `${name} is ${whose}. ${advice}`);
}

async function firstOf(database: Database): Promise<Stored | "damaged" | null> {
  try {
    return await database.edge(EVERYTHING, false);
  } catch (error) {
    if (isCorrupt(error)) return "damaged";
    throw error;
  }
}
