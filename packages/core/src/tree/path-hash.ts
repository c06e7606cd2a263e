/**
 * The keyed hash under which the path index finds a znode. Paths come from clients: with a key that they do not
 * know they cannot choose names that collide. Not a cryptographic function, and never part of what is stored.
 */
export interface PathHashKey {
  /** Two random 32-bit words, drawn once a process. */
  readonly k0: number;
  readonly k1: number;
}

const MULTIPLIER = 0x9e3779b1;
const CLOSING_MULTIPLIER = 0x85ebca6b;

/**
 * The hash of the path `bytes[start, end)`, a word of 4 bytes a step. Each step multiplies by a known constant
 * and by a secret one, so that a difference between two paths spreads in a way that the key decides.
 */
export function hashPath(key: PathHashKey, bytes: Uint8Array, start: number, end: number): number {
  const secret = secretOf(key);
  const whole = start + ((end - start) & -4);
  let hash = key.k0;
  let i = start;
  for (; i < whole; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash = absorbWord(hash, word, secret);
  }
  let rest = 0;
  for (let shift = 0; i < end; i++, shift += 8) rest |= bytes[i]! << shift;
  return closeHash(hash, rest, end - start, secret);
}

/** What every step multiplies by. A hash that is made in steps begins with `k0`. */
export function secretOf(key: PathHashKey): number {
  return key.k1 | 1;
}

/** Takes in the next 4 bytes of a path, the first of them lowest. */
export function absorbWord(hash: number, word: number, secret: number): number {
  const mixed = Math.imul(hash ^ word, MULTIPLIER);
  return Math.imul(mixed ^ (mixed >>> 15), secret);
}

/** The hash of a path of `length` bytes, of which all but `rest` have been taken in: up to 3, the first lowest. */
export function closeHash(hash: number, rest: number, length: number, secret: number): number {
  const mixed = absorbWord(hash, rest | (length << 24), secret);
  const closed = Math.imul(mixed ^ (mixed >>> 13), CLOSING_MULTIPLIER);
  return closed ^ (closed >>> 16);
}
