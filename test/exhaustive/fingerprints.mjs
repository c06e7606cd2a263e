/** A set of states that keeps 64 bits of each: two different ones are taken for the same once in 2^64 pairs. */
export class Fingerprints {
  constructor() {
    this.size = 0;
    this.reserve(2 ** 16);
  }

  reserve(slots) {
    this.mask = slots - 1;
    this.low = new Uint32Array(slots);
    this.high = new Uint32Array(slots);
  }

  /** Whether the state, a list of integers, is a new one. */
  add(numbers) {
    let low = 0x9e3779b9;
    let high = 0x85ebca6b;
    for (const number of numbers) {
      low = Math.imul(low ^ number, 0xcc9e2d51);
      low = (low << 15) | (low >>> 17);
      high = Math.imul(high ^ low ^ number, 0x1b873593);
      high = (high << 13) | (high >>> 19);
      low = (low + high) | 0;
    }
    // Zero marks a free slot.
    return this.insert(scramble(low), scramble(high ^ low) || 1);
  }

  insert(low, high) {
    let slot = low & this.mask;
    while (this.high[slot] !== 0) {
      if (this.low[slot] === low && this.high[slot] === high) return false;
      slot = (slot + 1) & this.mask;
    }
    this.low[slot] = low;
    this.high[slot] = high;
    this.size += 1;
    if (this.size * 3 > this.mask * 2) this.grow();
    return true;
  }

  grow() {
    const { low, high } = this;
    this.reserve(low.length * 2);
    this.size = 0;
    for (let slot = 0; slot < low.length; slot++) if (high[slot] !== 0) this.insert(low[slot], high[slot]);
  }
}

function scramble(word) {
  let bits = word ^ (word >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
