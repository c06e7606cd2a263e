import { keyBehind } from "../format/keys.ts";
import type { Stored } from "../format/log-record.ts";
import type { KeyRange } from "./cursor.ts";
import { type Database, isCorrupt } from "./database.ts";
import { nextReadableKey } from "./next-readable-key.ts";

export interface ReadableOptions {
  /** How many keys are asked for at a time. @default as many as a cursor asks for */
  readonly keysMax?: number;
  /** Told of each damage that is met. */
  readonly damaged?: () => void;
}

/**
 * Key and value of all that can be read of a range, in order, some at a time. What the database itself finds damaged is
 * left out: a whole block of it, or several, without a word of which keys were in there. Without damage all of it is of
 * one moment.
 */
export async function* readable(
  database: Database,
  { from, end }: KeyRange,
  { keysMax, damaged }: ReadableOptions = {},
): AsyncGenerator<readonly Stored[], void> {
  let next: Uint8Array | null = from;
  let isCareful = false;
  while (next !== null) {
    const options = isCareful ? { keysMax: 1 } : keysMax === undefined ? {} : { keysMax };
    const cursor = database.cursor({ from: next, end }, options);
    try {
      for (let found = await cursor.next(); found.length > 0; found = await cursor.next()) {
        yield found;
        next = keyBehind(found.at(-1)!.key);
      }
      return;
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    } finally {
      await cursor.close();
    }
    damaged?.();
    // Once more, key by key, up to the damage; then on from where it ends.
    if (isCareful) next = await nextReadableKey(database, { from: next, end });
    isCareful = !isCareful;
  }
}

/** The first keys of a range that can be read; no more than `limit`. */
export async function readableKeys(database: Database, range: KeyRange, limit: number): Promise<Uint8Array[]> {
  try {
    return await database.keys(range, limit);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
  }
  const keys: Uint8Array[] = [];
  for await (const found of readable(database, range)) {
    for (const { key } of found) keys.push(key);
    if (keys.length >= limit) break;
  }
  return keys.slice(0, limit);
}
