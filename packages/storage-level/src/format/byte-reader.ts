const WORD_SPAN = 2 ** 32;
const VARINT_BYTES_MAX = 8;

/** Says that bytes are not what their kind says. Never leaves the code that decodes. */
export class MalformedBytes extends Error {}

/** Reads what a ByteWriter wrote. Throws MalformedBytes where there is too little, or a number is no exact one. */
export class ByteReader {
  at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  u8(): number {
    return this.bytes.readUInt8(this.skip(1));
  }

  u16(): number {
    return this.bytes.readUInt16LE(this.skip(2));
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.skip(4));
  }

  i32(): number {
    return this.bytes.readInt32LE(this.skip(4));
  }

  u53(): number {
    const low = this.u32();
    const value = this.u32() * WORD_SPAN + low;
    if (!Number.isSafeInteger(value)) throw new MalformedBytes();
    return value;
  }

  varint(): number {
    let value = 0;
    let weight = 1;
    for (let count = 0; count < VARINT_BYTES_MAX; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) throw new MalformedBytes();
        return value;
      }
      weight *= 0x80;
    }
    throw new MalformedBytes();
  }

  /** A view. */
  raw(sizeBytes: number): Uint8Array {
    const from = this.skip(sizeBytes);
    return this.bytes.subarray(from, from + sizeBytes);
  }

  ascii(): string {
    const sizeBytes = this.u8();
    const from = this.skip(sizeBytes);
    return this.bytes.toString("latin1", from, from + sizeBytes);
  }

  private skip(sizeBytes: number): number {
    const from = this.at;
    if (from + sizeBytes > this.bytes.length) throw new MalformedBytes();
    this.at = from + sizeBytes;
    return from;
  }
}
