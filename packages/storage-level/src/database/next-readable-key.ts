import type { Stored } from "../format/log-record.ts";
import type { KeyRange } from "./cursor.ts";
import { type Database, isCorrupt } from "./database.ts";

/** No key of a store is longer. */
const KEY_BYTES = 17;

/**
 * The first key behind a damaged beginning of a range from which the database reads on; null if there is none. What lies
 * between two damages may be left out.
 */
export async function nextReadableKey(database: Database, { from, end }: KeyRange): Promise<Uint8Array | null> {
  const found = async (key: Uint8Array, reverse = false): Promise<Stored | null> => {
    try {
      return await database.edge({ from: key, end }, reverse);
    } catch (error) {
      if (isCorrupt(error)) return null;
      throw error;
    }
  };
  const last = await found(from, true);
  if (last === null || Buffer.compare(last.key, from) <= 0) return null;
  let low = numberOf(from);
  let high = last.key;
  for (let middle = (low + numberOf(high)) / 2n; middle > low; middle = (low + numberOf(high)) / 2n) {
    const readable = await found(keyOf(middle));
    if (readable === null) low = middle;
    else if (numberOf(readable.key) < numberOf(high)) high = readable.key;
    // Nothing stands between the two.
    else high = keyOf(middle);
  }
  return high;
}

/** Keys as numbers, so that there is a middle between two of them. */
function numberOf(key: Uint8Array): bigint {
  const padded = Buffer.alloc(KEY_BYTES);
  padded.set(key.subarray(0, KEY_BYTES));
  return BigInt(`0x${padded.toString("hex")}`);
}

function keyOf(number: bigint): Uint8Array {
  return Buffer.from(number.toString(16).padStart(KEY_BYTES * 2, "0"), "hex");
}
