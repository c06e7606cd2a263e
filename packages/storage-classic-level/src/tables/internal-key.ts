import { u32At } from "./bytes.ts";

// LevelDB's keys end in eight bytes, little-endian: the number of the write, and below it what the write did.

/** Number and kind of a write. */
export const TRAILER_BYTES = 8;
/** A deletion is 0, a value 1. */
export const WRITE_KIND_MAX = 1;

/** Below 0 if the first one comes first: by the user's key, of the same one by the later write. */
export function compareKeys(one: Uint8Array, oneSize: number, other: Uint8Array, otherSize: number): number {
  const [oneUser, otherUser] = [oneSize - TRAILER_BYTES, otherSize - TRAILER_BYTES];
  const common = Math.min(oneUser, otherUser);
  for (let at = 0; at < common; at++) {
    const difference = one[at]! - other[at]!;
    if (difference !== 0) return difference;
  }
  if (oneUser !== otherUser) return oneUser - otherUser;
  return compareTrailers(one, oneSize, other, otherSize);
}

/** Of keys of the same user's key. */
function compareTrailers(one: Uint8Array, oneSize: number, other: Uint8Array, otherSize: number): number {
  const high = u32At(other, otherSize - 4) - u32At(one, oneSize - 4);
  return high !== 0 ? high : u32At(other, otherSize - 8) - u32At(one, oneSize - 8);
}
