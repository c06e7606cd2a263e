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
  const secret = key.k1 | 1;
  const whole = start + ((end - start) & -4);
  let hash = key.k0;
  let i = start;
  for (; i < whole; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash = Math.imul(hash ^ word, MULTIPLIER);
    hash = Math.imul(hash ^ (hash >>> 15), secret);
  }
  let rest = (end - start) << 24;
  for (let shift = 0; i < end; i++, shift += 8) rest |= bytes[i]! << shift;
  hash = Math.imul(hash ^ rest, MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 15), secret);
  hash = Math.imul(hash ^ (hash >>> 13), CLOSING_MULTIPLIER);
  return hash ^ (hash >>> 16);
}
