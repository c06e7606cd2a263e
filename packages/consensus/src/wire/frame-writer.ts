import { assert } from "@coterie/interface";

/**
 * Takes a message's fields one after the other. There are two: one measures, then the other writes into exactly as
 * many bytes, so that no frame is copied and none holds memory that it does not need.
 */
export interface FrameSink {
  /** An integer in 0..255. */
  byte(value: number): void;
  /** An integer in 0..2^32-1, in 1..5 bytes: seven bits each, the low ones first, all but the last with the top bit. */
  varint(value: number): void;
  /** An integer in 0..2^53-1, as two varints: what is above its low 32 bits, then these. An epoch, then a counter. */
  long(value: number): void;
  /** A signed integer of 32 bits, in 4 bytes, big-endian. */
  int(value: number): void;
  /** Bytes as they are. */
  raw(bytes: Uint8Array): void;
}

const SPAN = 2 ** 32;
/** Up to here a loop copies faster than `set`, which has a fixed cost. */
const COPY_LOOP_MAX_BYTES = 24;

/** Counts, and checks what it is given. */
export class FrameSizer implements FrameSink {
  sizeBytes: number;

  constructor() {
    this.sizeBytes = 0;
  }

  byte(value: number): void {
    assert((value & 0xff) === value, "a byte is an integer in 0..255");
    this.sizeBytes += 1;
  }

  varint(value: number): void {
    assert(value >>> 0 === value, "a varint is an integer in 0..2^32-1");
    this.sizeBytes += varintSizeBytes(value);
  }

  long(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, "a long is an integer in 0..2^53-1");
    this.sizeBytes += varintSizeBytes(Math.floor(value / SPAN)) + varintSizeBytes(value >>> 0);
  }

  int(value: number): void {
    assert((value | 0) === value, "an int is a signed integer of 32 bits");
    this.sizeBytes += 4;
  }

  raw(bytes: Uint8Array): void {
    this.sizeBytes += bytes.length;
  }
}

/** Writes into `sizeBytes` bytes, as a FrameSizer has counted and checked them. */
export class FrameWriter implements FrameSink {
  private readonly bytes: Uint8Array;
  private position: number;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.position = 0;
  }

  byte(value: number): void {
    this.bytes[this.position++] = value;
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.position++] = rest;
  }

  long(value: number): void {
    this.varint(Math.floor(value / SPAN));
    this.varint(value >>> 0);
  }

  int(value: number): void {
    const { bytes, position } = this;
    bytes[position] = value >> 24;
    bytes[position + 1] = value >> 16;
    bytes[position + 2] = value >> 8;
    bytes[position + 3] = value;
    this.position = position + 4;
  }

  raw(bytes: Uint8Array): void {
    const { bytes: frame, position } = this;
    const { length } = bytes;
    if (length > COPY_LOOP_MAX_BYTES) frame.set(bytes, position);
    else for (let at = 0; at < length; at++) frame[position + at] = bytes[at]!;
    this.position = position + length;
  }

  /** The frame, for the caller to keep. */
  finish(): Uint8Array {
    assert(this.position === this.bytes.length, "a frame is written as it was measured");
    return this.bytes;
  }
}

function varintSizeBytes(value: number): number {
  if (value < 2 ** 7) return 1;
  if (value < 2 ** 14) return 2;
  if (value < 2 ** 21) return 3;
  return value < 2 ** 28 ? 4 : 5;
}

/** Runs `write` twice: to measure, and to write. */
export function writeFrame(write: (sink: FrameSink) => void): Uint8Array {
  const sizer = new FrameSizer();
  write(sizer);
  const writer = new FrameWriter(sizer.sizeBytes);
  write(writer);
  return writer.finish();
}
