import { assert } from "./assert.ts";
import type { Random } from "./random.ts";
import { splitMix64Next, splitMix64Output } from "./splitmix64.ts";
import { Xoshiro128 } from "./xoshiro128.ts";

const BYTES_LENGTH_MAX = 65_536;
const LABEL_END = 0x10000n;

/**
 * A Random whose every draw follows from `seed`, an integer in 0..2^53-1: xoshiro128** with a state that SplitMix64
 * makes of the seed. Anyone can predict it. It stands in this package because tests, the simulator and the
 * compliance kits must agree on the stream of a seed.
 *
 * @throws RangeError if the seed is out of range.
 */
export function createSeededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed must be an integer in 0..2^53-1: ${seed}`);
  return new SeededRandom(BigInt(seed));
}

class SeededRandom implements Random {
  private readonly seed: bigint;
  private readonly generator: Xoshiro128;

  constructor(seed: bigint) {
    const one = splitMix64Next(seed);
    const other = splitMix64Next(one);
    this.seed = seed;
    // SplitMix64 gives 0 at one state only, so the four words are never all 0.
    this.generator = new Xoshiro128(...wordsOf(splitMix64Output(one)), ...wordsOf(splitMix64Output(other)));
  }

  uint32(): number {
    return this.generator.next();
  }

  bytes(lengthBytes: number): Uint8Array {
    assert(
      Number.isInteger(lengthBytes) && lengthBytes >= 0 && lengthBytes <= BYTES_LENGTH_MAX,
      "the length must be an integer in 0..65536",
    );
    const bytes = new Uint8Array(lengthBytes);
    let word = 0;
    for (let index = 0; index < lengthBytes; index++) {
      word = index % 4 === 0 ? this.generator.next() : word >>> 8;
      bytes[index] = word;
    }
    return bytes;
  }

  fork(label: string): Random {
    // Each step is a bijection of the state, so labels of one length meet only as any 64-bit values would.
    let state = this.seed;
    for (let index = 0; index < label.length; index++) {
      state = splitMix64Output(splitMix64Next(state ^ BigInt(label.charCodeAt(index))));
    }
    // The end is a step of its own, which no UTF-16 unit takes: fork("a").fork("b") is not fork("ab").
    return new SeededRandom(splitMix64Output(splitMix64Next(state ^ LABEL_END)));
  }
}

/** The low word and the high word of 64 bits. */
function wordsOf(value: bigint): [number, number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}
