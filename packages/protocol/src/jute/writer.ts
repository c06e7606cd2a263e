import { assert } from "@coterie/interface";
import { LongParts } from "./long-parts.ts";
import { encodeUtf8, utf8SizeMaxBytes } from "./utf8.ts";

export interface JuteWriterOptions {
  /** Bytes to allocate at first. Default: 1024. */
  readonly capacityBytes?: number;
  /** `reset` lets go of a buffer that grew beyond this, so that one huge reply is not held for ever. Default: 1 MiB. */
  readonly capacityRetainedMaxBytes?: number;
}

const CAPACITY_DEFAULT_BYTES = 1024;
const CAPACITY_RETAINED_MAX_BYTES_DEFAULT = 2 ** 20;
/** Up to here a loop copies faster than `set`, which has a fixed cost. */
const COPY_LOOP_MAX_BYTES = 32;

/**
 * Writes jute's primitives into a buffer that grows by doubling and is reused after `reset`. Values out of range are
 * a mistake of the caller and fail an assertion; nothing is ever cut silently.
 *
 * Source of the encoding: client-protocol.md, section 1. Strings are written as standard UTF-8, also where ZooKeeper's
 * Java writer would emit CESU-8: all readers, the Java one included, understand UTF-8, and only some the other.
 */
export class JuteWriter {
  private readonly capacityBytes: number;
  private readonly capacityRetainedMaxBytes: number;
  private readonly long = new LongParts();
  private bytes: Uint8Array;
  /** Of `bytes`, whose getter costs twice what a view does. */
  private buffer: ArrayBufferLike;
  private position: number;

  constructor(options: JuteWriterOptions = {}) {
    this.capacityBytes = options.capacityBytes ?? CAPACITY_DEFAULT_BYTES;
    this.capacityRetainedMaxBytes = options.capacityRetainedMaxBytes ?? CAPACITY_RETAINED_MAX_BYTES_DEFAULT;
    this.bytes = new Uint8Array(this.capacityBytes);
    this.buffer = this.bytes.buffer;
    this.position = 0;
  }

  /** Bytes written since the last `reset` or `take`. */
  get size(): number {
    return this.position;
  }

  /** Forgets what was written and keeps the buffer: views handed out before are overwritten from now on. */
  reset(): void {
    this.position = 0;
    if (this.bytes.length > this.capacityRetainedMaxBytes) this.use(new Uint8Array(this.capacityBytes));
  }

  /** What was written, as a view that holds good until the next call that writes or resets. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.position);
  }

  /**
   * What was written from `start` on, as a view of a buffer that later writes only add to: it holds good until `reset`
   * or `setInt`. For many small records in one buffer.
   */
  viewFrom(start: number): Uint8Array {
    assert(start >= 0 && start <= this.position, "a view starts within what was written");
    // Not subarray, which costs twice as much.
    return new Uint8Array(this.buffer, start, this.position - start);
  }

  /** What was written, as a copy that belongs to the caller. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.position);
  }

  /** What was written, without a copy and for the caller to keep; the writer starts over with a new buffer. */
  take(): Uint8Array {
    const written = this.view();
    this.use(new Uint8Array(this.capacityBytes));
    this.position = 0;
    return written;
  }

  /** One byte, -128..255. */
  writeByte(value: number): void {
    assert(Number.isInteger(value) && value >= -128 && value <= 255, "a byte must be an integer in -128..255");
    const position = this.advance(1);
    this.bytes[position] = value;
  }

  writeBoolean(value: boolean): void {
    const position = this.advance(1);
    this.bytes[position] = value ? 1 : 0;
  }

  /** A signed 32-bit integer. */
  writeInt(value: number): void {
    assert((value | 0) === value, "an int must be an integer of 32 bits");
    this.putInt(this.advance(4), value);
  }

  /** Overwrites the int at `position`, which was written before: for lengths known only afterwards. */
  setInt(position: number, value: number): void {
    assert(position >= 0 && position + 4 <= this.position, "only an int already written can be overwritten");
    assert((value | 0) === value, "an int must be an integer of 32 bits");
    this.putInt(position, value);
  }

  /** A signed 64-bit integer from a safe integer. */
  writeLong(value: number): void {
    assert(Number.isSafeInteger(value), "a long must be a safe integer");
    const position = this.advance(8);
    this.putInt(position, Math.floor(value / 0x1_0000_0000));
    this.putInt(position + 4, value | 0);
  }

  /** A signed 64-bit integer from a bigint, which is taken modulo 2^64. */
  writeBigLong(value: bigint): void {
    const position = this.advance(8);
    // Most are 0 (no owner) and need no arithmetic.
    if (value === 0n) {
      this.putInt(position, 0);
      this.putInt(position + 4, 0);
      return;
    }
    this.long.value = value;
    this.putInt(position, this.long.high);
    this.putInt(position + 4, this.long.low);
  }

  /** A string as UTF-8, or null. A surrogate without its partner is written as U+FFFD. */
  writeString(value: string | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    const length = value.length;
    this.ensure(4 + utf8SizeMaxBytes(value));
    const bytes = this.bytes;
    const start = this.position + 4;
    let index = 0;
    for (; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit >= 0x80) break;
      bytes[start + index] = unit;
    }
    const end = index === length ? start + length : encodeUtf8(value, bytes, start);
    this.putInt(this.position, end - start);
    this.position = end;
  }

  /** A string, not null, that the caller has as UTF-8: the first `length` of `utf8`. */
  writeUtf8(utf8: Uint8Array, length: number): void {
    this.writeInt(length);
    const start = this.advance(length);
    const bytes = this.bytes;
    if (length > COPY_LOOP_MAX_BYTES) bytes.set(utf8.subarray(0, length), start);
    else for (let index = 0; index < length; index++) bytes[start + index] = utf8[index]!;
  }

  /** A buffer, or null; its bytes are copied in. */
  writeBuffer(value: Uint8Array | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    this.writeInt(value.length);
    this.writeRaw(value);
  }

  /** Bytes as they are, with no length before them. */
  writeRaw(value: Uint8Array): void {
    const length = value.length;
    const position = this.advance(length);
    if (length > COPY_LOOP_MAX_BYTES) {
      this.bytes.set(value, position);
    } else {
      for (let index = 0; index < length; index++) this.bytes[position + index] = value[index]!;
    }
  }

  private putInt(position: number, value: number): void {
    const bytes = this.bytes;
    bytes[position] = value >> 24;
    bytes[position + 1] = value >> 16;
    bytes[position + 2] = value >> 8;
    bytes[position + 3] = value;
  }

  /** Makes room for `size` bytes, moves past them and returns where they start. */
  private advance(size: number): number {
    this.ensure(size);
    const start = this.position;
    this.position = start + size;
    return start;
  }

  private ensure(size: number): void {
    if (this.position + size > this.bytes.length) this.grow(this.position + size);
  }

  private grow(sizeMin: number): void {
    const bytes = new Uint8Array(Math.max(sizeMin, this.bytes.length * 2));
    bytes.set(this.view());
    this.use(bytes);
  }

  private use(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.buffer = bytes.buffer;
  }
}

/** A vector of records, or null. */
export function writeVector<Item>(
  writer: JuteWriter,
  items: readonly Item[] | null,
  writeItem: (writer: JuteWriter, item: Item) => void,
): void {
  if (items === null) {
    writer.writeInt(-1);
    return;
  }
  writer.writeInt(items.length);
  for (const item of items) writeItem(writer, item);
}

export function writeStringVector(writer: JuteWriter, items: readonly string[]): void {
  writeVector(writer, items, writeStringItem);
}

function writeStringItem(writer: JuteWriter, item: string): void {
  writer.writeString(item);
}
