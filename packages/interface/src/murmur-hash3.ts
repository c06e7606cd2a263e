/**
 * MurmurHash3 for 32 bits (Appleby, public domain), in the pieces that `chainHash` puts together. Every step is a
 * bijection of the hash, and a word's way into it a bijection of the word.
 */
export function murmurHash3(seed: number, bytes: Uint8Array): number {
  return finish(absorbBytes(seed | 0, bytes), bytes.length);
}

export function absorbWord(hash: number, word: number): number {
  const mixed = hash ^ scramble(word);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** All whole little-endian words of `bytes`, and what is left over: nothing may be absorbed after it. */
export function absorbBytes(hash: number, bytes: Uint8Array): number {
  const wordsEnd = bytes.length & ~3;
  let state = hash;
  for (let at = 0; at < wordsEnd; at += 4) {
    state = absorbWord(state, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= wordsEnd; at--) tail = (tail << 8) | bytes[at]!;
  return state ^ scramble(tail);
}

/** A signed 32-bit integer. `length` counts all bytes that were absorbed. */
export function finish(hash: number, length: number): number {
  let state = hash ^ length;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return state ^ (state >>> 16);
}

function scramble(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
