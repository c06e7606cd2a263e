/**
 * The primitive of the state digest (docs/state-digest.md): two 32-bit lanes that absorb 32-bit words.
 *
 * Both lanes see every word, through different odd multipliers; a step is a bijection of its lane. The digest
 * detects accidents, not attackers. Loops keep the lanes in locals: this is the hottest arithmetic of a write.
 */
export const LANE_A_START = 0x243f6a88;
export const LANE_B_START: number = 0x85a308d3 | 0;

export function absorbA(lane: number, word: number): number {
  const mixed = Math.imul(lane ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

export function absorbB(lane: number, word: number): number {
  const mixed = Math.imul(lane ^ word, 0x85ebca77);
  return mixed ^ (mixed >>> 13);
}

/** Ends a lane. */
export function finish(lane: number): number {
  let x = lane ^ (lane >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}
