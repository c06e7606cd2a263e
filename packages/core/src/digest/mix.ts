/**
 * The primitive of the state digest (docs/state-digest.md): two 32-bit lanes that absorb 32-bit words.
 *
 * Both lanes see every word, through different odd multipliers; a step is a bijection of its lane. The digest
 * detects accidents, not attackers.
 */
const LANE_A_START = 0x243f6a88;
const LANE_B_START = 0x85a308d3 | 0;

export class Mix {
  a = 0;
  b = 0;

  begin(): void {
    this.a = LANE_A_START;
    this.b = LANE_B_START;
  }

  absorb(word: number): void {
    const a = Math.imul(this.a ^ word, 0x9e3779b1);
    this.a = a ^ (a >>> 15);
    const b = Math.imul(this.b ^ word, 0x85ebca77);
    this.b = b ^ (b >>> 13);
  }

  finish(): void {
    this.a = avalanche(this.a);
    this.b = avalanche(this.b);
  }

  /** The digest of bytes: their little-endian words, the last one padded with zeros, and their count; null is -1. */
  bytes(bytes: Uint8Array | null): void {
    this.begin();
    if (bytes === null) {
      this.absorb(-1);
      this.finish();
      return;
    }
    // Local lanes: the loop is too hot to go through the fields.
    let a = this.a;
    let b = this.b;
    const length = bytes.length;
    for (let i = 0; i < length; i += 4) {
      const word = i + 4 <= length ? wordAt(bytes, i) : lastWord(bytes, i);
      a = Math.imul(a ^ word, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x85ebca77);
      b ^= b >>> 13;
    }
    this.a = a;
    this.b = b;
    this.absorb(length);
    this.finish();
  }

  /** Absorbs the UTF-16 units of `text[start, end)`, one a word, then their count. */
  absorbText(text: string, start: number, end: number): void {
    for (let i = start; i < end; i++) this.absorb(text.charCodeAt(i));
    this.absorb(end - start);
  }
}

function wordAt(bytes: Uint8Array, i: number): number {
  return bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
}

function lastWord(bytes: Uint8Array, start: number): number {
  let word = 0;
  for (let i = start; i < bytes.length; i++) word |= bytes[i]! << ((i - start) << 3);
  return word;
}

function avalanche(lane: number): number {
  let x = lane ^ (lane >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}
