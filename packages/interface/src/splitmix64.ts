const GOLDEN_GAMMA = 0x9e3779b97f4a7c15n;

/** The next state of the generator SplitMix64 (Steele, Lea, Flood, 2014); states are 0..2^64-1. */
export function splitMix64Next(state: bigint): bigint {
  return BigInt.asUintN(64, state + GOLDEN_GAMMA);
}

/** What SplitMix64 gives at a state: a bijection of 64 bits that leaves no pattern. */
export function splitMix64Output(state: bigint): bigint {
  const once = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
  const twice = BigInt.asUintN(64, (once ^ (once >> 27n)) * 0x94d049bb133111ebn);
  return twice ^ (twice >> 31n);
}
