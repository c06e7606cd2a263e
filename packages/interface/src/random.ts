import { assert } from "./assert.ts";

/**
 * Randomness. Whoever needs it is given one, so that a run of the simulator can be repeated from its seed.
 *
 * For correctness:
 * 1. A Random that a live peer or client uses draws from the platform's cryptographic generator: session passwords
 *    come from `bytes`. A seeded one (`createSeededRandom`) is for tests and for the simulator.
 * 2. A fork is a stream of its own. What is drawn from it depends neither on what was drawn from its parent, before
 *    or after, nor on other forks: a subsystem that draws once more does not change what the others get.
 * 3. For a seeded Random, equal labels of one parent give equal streams. One subsystem, one label.
 */
export interface Random {
  /** An integer, uniform in 0..2^32-1. */
  uint32(): number;

  /** `lengthBytes` bytes, uniform, in a new array that belongs to the caller. `lengthBytes` is 0..65,536. */
  bytes(lengthBytes: number): Uint8Array;

  /** A stream for a subsystem, as `fork("election")`. A Random over the platform's generator may return itself. */
  fork(label: string): Random;
}

const UINT32_SPAN = 2 ** 32;

/** An integer, uniform in 0..limit-1, without the bias of a plain remainder. `limit` is 1..2^32. */
export function randomBelow(random: Random, limit: number): number {
  assert(Number.isInteger(limit) && limit >= 1 && limit <= UINT32_SPAN, "the limit must be an integer in 1..2^32");
  // The last, incomplete run of remainders is drawn again; at worst every second draw is.
  const drawsEnd = UINT32_SPAN - (UINT32_SPAN % limit);
  for (;;) {
    const draw = random.uint32();
    if (draw < drawsEnd) return draw % limit;
  }
}
