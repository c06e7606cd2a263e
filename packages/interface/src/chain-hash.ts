import { absorbBytes, absorbWord, finish } from "./murmur-hash3.ts";
import type { Branded, Zxid } from "./units.ts";

/**
 * Sums up a log from its very first entry to one of its entries: equal histories have equal hashes on every peer,
 * however each cut its batches. A signed 32-bit integer. It detects accidents, not attackers (R2).
 */
export type ChainHash = Branded<number, "ChainHash">;

/** Of the empty log. */
export const CHAIN_HASH_NONE: ChainHash = 0 as ChainHash;

const COUNTER_SPAN = 2 ** 32;

/**
 * The chain hash of an entry that follows an entry with the hash `previous`: MurmurHash3 for 32 bits, seeded with
 * `previous`, of 7 bytes zxid and 1 byte tag, both little-endian, and the entry's bytes.
 *
 * One wrong word in an entry always shows, and chains that have differed do not meet again by equal entries.
 */
export function chainHash(previous: ChainHash, zxid: Zxid, tag: number, bytes: Uint8Array): ChainHash {
  // An epoch has 21 bits, so the tag has the top byte of the high word to itself.
  const withLow = absorbWord(previous, zxid | 0);
  const withHigh = absorbWord(withLow, Math.floor(zxid / COUNTER_SPAN) | (tag << 24));
  return finish(absorbBytes(withHigh, bytes), bytes.length + 8) as ChainHash;
}
