import { CoterieError, EPOCH_MAX } from "@coterie/interface";

const SPAN = 2 ** 32;

/**
 * Reads a frame front to back. Every value has one encoding, so that what decodes encodes to the same bytes again. No
 * length or count is believed before the bytes that it needs are there: a frame makes work and memory in proportion
 * to its size, whatever it says.
 *
 * Every method throws CoterieError FRAME_CORRUPT if the bytes are not what was asked for.
 */
export class FrameReader {
  private readonly bytes: Uint8Array;
  private position: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.position = 0;
  }

  get remainingBytes(): number {
    return this.bytes.length - this.position;
  }

  /** 0..255. */
  byte(): number {
    const value = this.bytes[this.position];
    if (value === undefined) throw frameCorrupt("it ends too early");
    this.position++;
    return value;
  }

  /** 0..2^32-1. */
  varint(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const next = this.byte();
      if (shift === 28 && next > 0x0f) break;
      value |= (next & 0x7f) << shift;
      if (next === 0) throw frameCorrupt("a number is longer than it need be");
      if (next < 0x80) return value >>> 0;
    }
    throw frameCorrupt("a number has more than 32 bits");
  }

  /** 0..2^53-1: a zxid among others. What is above is refused, so an epoch above EPOCH_MAX is. */
  long(): number {
    const high = this.varint();
    if (high > EPOCH_MAX) throw frameCorrupt("a zxid or another number is above 2^53-1");
    return high * SPAN + this.varint();
  }

  /** A signed integer of 32 bits. */
  int(): number {
    const at = this.take(4);
    const { bytes } = this;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  /** The next `sizeBytes` bytes: a view of the frame, no copy. */
  view(sizeBytes: number): Uint8Array {
    const at = this.take(sizeBytes);
    // Not subarray: on a Node.js Buffer that would give a Buffer, whose methods differ.
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + at, sizeBytes);
  }

  /** The number of items that follow, each of at least `itemSizeMinBytes`. */
  count(itemSizeMinBytes: number): number {
    const count = this.varint();
    if (count * itemSizeMinBytes > this.remainingBytes) throw frameCorrupt(`it has no room for ${count} items`);
    return count;
  }

  /** Nothing may stand behind a message. */
  end(): void {
    if (this.remainingBytes > 0) throw frameCorrupt(`${this.remainingBytes} bytes stand behind its end`);
  }

  private take(sizeBytes: number): number {
    const start = this.position;
    if (sizeBytes > this.bytes.length - start) throw frameCorrupt("it ends too early");
    this.position = start + sizeBytes;
    return start;
  }
}

export function frameCorrupt(what: string): CoterieError {
  return new CoterieError("FRAME_CORRUPT", `a frame of another peer cannot be used: ${what}`);
}
