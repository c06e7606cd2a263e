/** Cheap chance from a seed: xorshift of 32 bits. The same seed, the same numbers. */
export class Chance {
  private state: number;

  /** Text of any kind. */
  constructor(seed: string) {
    // FNV-1a.
    let hash = 0x811c9dc5;
    for (let index = 0; index < seed.length; index++) hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
    this.state = hash | 1;
    for (let round = 0; round < 16; round++) this.next();
  }

  /** 0..count-1, for a count below 2^32. */
  below(count: number): number {
    return Math.floor((this.next() / 2 ** 32) * count);
  }

  /** 0..2^32-1 */
  next(): number {
    let { state } = this;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state;
    return state >>> 0;
  }
}
