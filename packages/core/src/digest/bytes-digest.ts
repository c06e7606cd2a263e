import { absorbA, absorbB, finish, LANE_A_START, LANE_B_START } from "./mix.ts";

/** Stands for the length of null. */
const NULL_LENGTH = -1;

/** The digest of bytes: their little-endian words, the last one padded with zeros, then their count; of null, -1. */
export class BytesDigest {
  /** The lanes of the last `of`. */
  a = 0;
  b = 0;

  /** Of `bytes[start, end)`, or of null. */
  of(bytes: Uint8Array | null, start: number, end: number): void {
    let a = LANE_A_START;
    let b = LANE_B_START;
    const length = bytes === null ? NULL_LENGTH : end - start;
    if (bytes !== null) {
      const whole = start + (length & ~3);
      for (let i = start; i < whole; i += 4) {
        const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
        a = absorbA(a, word);
        b = absorbB(b, word);
      }
      if (whole < end) {
        const word = lastWord(bytes, whole, end);
        a = absorbA(a, word);
        b = absorbB(b, word);
      }
    }
    this.a = finish(absorbA(a, length));
    this.b = finish(absorbB(b, length));
  }

  /** As `of`, and copies them to `target[to, ...)` in the time that each step waits for the one before. */
  copy(bytes: Uint8Array, start: number, end: number, target: Uint8Array, to: number): void {
    let a = LANE_A_START;
    let b = LANE_B_START;
    const length = end - start;
    const whole = start + (length & ~3);
    const shift = to - start;
    for (let i = start; i < whole; i += 4) {
      const first = (target[i + shift] = bytes[i]!);
      const second = (target[i + shift + 1] = bytes[i + 1]!);
      const third = (target[i + shift + 2] = bytes[i + 2]!);
      const fourth = (target[i + shift + 3] = bytes[i + 3]!);
      const word = first | (second << 8) | (third << 16) | (fourth << 24);
      a = absorbA(a, word);
      b = absorbB(b, word);
    }
    if (whole < end) {
      for (let i = whole; i < end; i++) target[i + shift] = bytes[i]!;
      const word = lastWord(bytes, whole, end);
      a = absorbA(a, word);
      b = absorbB(b, word);
    }
    this.a = finish(absorbA(a, length));
    this.b = finish(absorbB(b, length));
  }

  /** As `copy`, of views, which read a word at a time whatever its alignment. Making one for a single copy does not pay. */
  copyView(view: DataView, start: number, end: number, target: DataView, to: number): void {
    let a = LANE_A_START;
    let b = LANE_B_START;
    const length = end - start;
    const whole = start + (length & ~3);
    const shift = to - start;
    for (let i = start; i < whole; i += 4) {
      const word = view.getInt32(i, true);
      target.setInt32(i + shift, word, true);
      a = absorbA(a, word);
      b = absorbB(b, word);
    }
    if (whole < end) {
      let word = 0;
      for (let i = whole; i < end; i++) {
        const byte = view.getUint8(i);
        target.setUint8(i + shift, byte);
        word |= byte << ((i - whole) << 3);
      }
      a = absorbA(a, word);
      b = absorbB(b, word);
    }
    this.a = finish(absorbA(a, length));
    this.b = finish(absorbB(b, length));
  }
}

function lastWord(bytes: Uint8Array, start: number, end: number): number {
  let word = 0;
  for (let i = start; i < end; i++) word |= bytes[i]! << ((i - start) << 3);
  return word;
}
