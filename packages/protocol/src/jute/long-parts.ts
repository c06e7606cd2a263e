/** Whether the low word of a 64-bit integer comes first in this machine's memory. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const HIGH = IS_LITTLE_ENDIAN ? 1 : 0;
const LOW = 1 - HIGH;

/**
 * Takes 64-bit integers apart and puts them together through shared memory: arithmetic on bigints would allocate one for
 * each step.
 */
export class LongParts {
  private readonly whole = new BigInt64Array(1);
  private readonly words = new Int32Array(this.whole.buffer);

  /** The integer to take apart, modulo 2^64. */
  set value(value: bigint) {
    this.whole[0] = value;
  }

  get high(): number {
    return this.words[HIGH]!;
  }

  get low(): number {
    return this.words[LOW]!;
  }

  /** The signed integer made of two signed words. */
  join(high: number, low: number): bigint {
    this.words[HIGH] = high;
    this.words[LOW] = low;
    return this.whole[0]!;
  }
}
