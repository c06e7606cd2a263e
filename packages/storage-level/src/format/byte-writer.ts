const WORD_SPAN = 2 ** 32;

/** Writes fields, little-endian, into a buffer whose size is known before. */
export class ByteWriter {
  readonly bytes: Buffer;
  at = 0;

  constructor(sizeBytes: number) {
    this.bytes = Buffer.allocUnsafe(sizeBytes);
  }

  u8(value: number): void {
    this.at = this.bytes.writeUInt8(value, this.at);
  }

  u16(value: number): void {
    this.at = this.bytes.writeUInt16LE(value, this.at);
  }

  u32(value: number): void {
    this.at = this.bytes.writeUInt32LE(value, this.at);
  }

  i32(value: number): void {
    this.at = this.bytes.writeInt32LE(value, this.at);
  }

  /** An integer in 0..2^53-1, as 64 bits. */
  u53(value: number): void {
    this.u32(value % WORD_SPAN);
    this.u32(Math.floor(value / WORD_SPAN));
  }

  /** An integer in 0..2^53-1, seven bits a byte, lowest first. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.at++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Up to 255 ASCII characters after their number. */
  ascii(text: string): void {
    this.u8(text.length);
    this.at += this.bytes.write(text, this.at, "latin1");
  }
}

export function varintSize(value: number): number {
  let sizeBytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) sizeBytes++;
  return sizeBytes;
}
