import { assert } from "@coterie/interface";

/** The length before each frame: an integer of 4 bytes, big-endian, as ZooKeeper's. */
export const FRAME_PREFIX_SIZE_BYTES: number = 4;

/** A frame may be a view of something this large, however small it is itself. */
const PINNED_SIZE_BYTES = 4096;
/** A frame may be a view of something this many times as large as it is itself. */
const PINNED_RATIO = 8;
/** What a frame that has not arrived whole is given at first; it grows with the bytes that come. */
const ASSEMBLY_SIZE_BYTES = 65_536;

const EMPTY = new Uint8Array(0);

/**
 * Cuts chunks of a stream into frames, however the stream was cut into chunks. The reader pulls, so it may stop between
 * two frames.
 *
 * A frame is a view where that is cheap for who keeps it: of its chunk if it is an eighth of it at least, otherwise of a
 * copy of a few neighbours, so that a kept frame never holds more than 4 KiB or eight times its own size. Memory: one
 * chunk, and one frame under assembly, whose buffer grows as bytes arrive.
 */
export class FrameCutter {
  private readonly frameSizeMaxBytes: number;
  private chunk: Uint8Array = EMPTY;
  /** The chunk's memory and where in it the chunk begins: asking a typed array for them costs more than a view. */
  private memory: ArrayBufferLike = EMPTY.buffer;
  private memoryOffset = 0;
  private position = 0;
  /** A copy of `chunk` from `copyStart` up to, not including, `copyEnd`. */
  private copy: ArrayBufferLike = EMPTY.buffer;
  private copyStart = 0;
  private copyEnd = 0;
  /** The prefix as far as it arrived: its bytes shifted in, and their count. */
  private prefix = 0;
  private prefixBytes = 0;
  /** A frame of `prefix` bytes of which the first `assembledBytes` are here. */
  private assembly: Uint8Array | null = null;
  private assembledBytes = 0;
  private badLength: number | null = null;

  constructor(frameSizeMaxBytes: number) {
    this.frameSizeMaxBytes = frameSizeMaxBytes;
  }

  /** The length that the stream cannot be followed beyond, since it is negative or above the limit; otherwise null. */
  get refusedLength(): number | null {
    return this.badLength;
  }

  /** Whether there is more of the last chunk than `next` has looked at. */
  get hasUnread(): boolean {
    return this.position < this.chunk.length;
  }

  /** Whether the stream may end here without cutting through a frame. */
  get isBetweenFrames(): boolean {
    return this.prefixBytes === 0 && this.position === this.chunk.length;
  }

  /** Takes the next chunk, when `next` has given null for the one before. From here on nobody changes its bytes. */
  push(chunk: Uint8Array): void {
    assert(this.position === this.chunk.length, "a chunk is pushed when the one before is used up");
    this.chunk = chunk;
    this.memory = chunk.buffer;
    this.memoryOffset = chunk.byteOffset;
    this.position = 0;
    this.copyEnd = 0;
  }

  /** The next frame without its length; null if it takes more bytes, or if there can be none: see `refusedLength`. */
  next(): Uint8Array | null {
    if (this.assembly !== null) return this.assemble(this.assembly);
    if (!this.readPrefix()) {
      this.letGo();
      return null;
    }
    const length = this.prefix;
    if (length < 0 || length > this.frameSizeMaxBytes) {
      this.badLength = length;
      this.release();
      return null;
    }
    const start = this.position;
    if (length <= this.chunk.length - start) {
      this.position = start + length;
      this.prefixBytes = 0;
      return length === 0 ? EMPTY : this.view(start, length);
    }
    return this.assemble(new Uint8Array(Math.min(length, ASSEMBLY_SIZE_BYTES)));
  }

  /** Whether the whole prefix is in `prefix`. */
  private readPrefix(): boolean {
    const { chunk } = this;
    let { position, prefix, prefixBytes } = this;
    while (prefixBytes < FRAME_PREFIX_SIZE_BYTES && position < chunk.length) {
      prefix = (prefix << 8) | chunk[position++]!;
      prefixBytes++;
    }
    this.position = position;
    this.prefix = prefix;
    this.prefixBytes = prefixBytes;
    return prefixBytes === FRAME_PREFIX_SIZE_BYTES && this.badLength === null;
  }

  private view(start: number, length: number): Uint8Array {
    const size = this.chunk.length;
    if (size <= PINNED_SIZE_BYTES || length * PINNED_RATIO >= size) {
      return new Uint8Array(this.memory, this.memoryOffset + start, length);
    }
    if (start + length > this.copyEnd) {
      const end = Math.min(size, start + Math.max(length, PINNED_SIZE_BYTES));
      const copy = new Uint8Array(end - start);
      copy.set(new Uint8Array(this.memory, this.memoryOffset + start, end - start));
      this.copy = copy.buffer;
      this.copyStart = start;
      this.copyEnd = end;
    }
    return new Uint8Array(this.copy, start - this.copyStart, length);
  }

  private assemble(assembly: Uint8Array): Uint8Array | null {
    const length = this.prefix;
    const size = Math.min(length - this.assembledBytes, this.chunk.length - this.position);
    const target = withRoom(assembly, this.assembledBytes, size, length);
    target.set(this.chunk.subarray(this.position, this.position + size), this.assembledBytes);
    this.position += size;
    this.assembledBytes += size;
    if (this.assembledBytes < length) {
      this.assembly = target;
      this.letGo();
      return null;
    }
    this.prefixBytes = 0;
    this.assembly = null;
    this.assembledBytes = 0;
    return target;
  }

  private letGo(): void {
    this.chunk = EMPTY;
    this.memory = EMPTY.buffer;
    this.copy = EMPTY.buffer;
    this.position = 0;
  }

  private release(): void {
    this.letGo();
    this.assembly = null;
  }
}

/** `buffer` itself if `size` more bytes fit, else a copy at least twice as long, never beyond `lengthMax`. */
function withRoom(buffer: Uint8Array, used: number, size: number, lengthMax: number): Uint8Array {
  if (used + size <= buffer.length) return buffer;
  const grown = new Uint8Array(Math.min(lengthMax, Math.max(buffer.length * 2, used + size)));
  grown.set(buffer.subarray(0, used));
  return grown;
}
