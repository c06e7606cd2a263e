/** Reads LevelDB's numbers from bytes. A number that is not there is -1, and then nothing more is to be read. */
export class ByteCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, from = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** 0..2^32-1; like LevelDB it lets go of bits above. */
  varint32(): number {
    let value = 0;
    for (let shift = 0; shift <= 28 && this.at < this.end; shift += 7) {
      const byte = this.bytes[this.at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    return this.fail();
  }

  /** Above 2^53 it is inexact, and means nothing but that it is too large. */
  varint64(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63 && this.at < this.end; scale *= 128) {
      const byte = this.bytes[this.at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return this.fail();
  }

  /** The next so many bytes, not copied; null if there are fewer. */
  take(sizeBytes: number): Uint8Array | null {
    if (sizeBytes < 0 || sizeBytes > this.end - this.at) {
      this.fail();
      return null;
    }
    const taken = this.bytes.subarray(this.at, this.at + sizeBytes);
    this.at += sizeBytes;
    return taken;
  }

  /** Bytes behind their own length. */
  prefixed(): Uint8Array | null {
    return this.take(this.varint32());
  }

  private fail(): -1 {
    this.at = this.end;
    return -1;
  }
}

export function u32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  for (let index = 0; index < 4; index++) bytes[at + index] = (value >>> (index * 8)) & 255;
}
