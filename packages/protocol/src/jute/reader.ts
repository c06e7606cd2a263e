import { FIELD_SIZE_MAX_BYTES_DEFAULT } from "../limits.ts";
import { ProtocolError } from "../protocol-error.ts";
import { LongParts } from "./long-parts.ts";
import { Utf8Decoder } from "./utf8.ts";

export interface JuteReaderOptions {
  /** The longest string or buffer to accept, in bytes. Default: `FIELD_SIZE_MAX_BYTES_DEFAULT`. */
  readonly fieldSizeMaxBytes?: number;
}

const LONG_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Reads jute's primitives, front to back, from bytes that it borrows: they must not change while anything is read
 * from them, nor while a buffer handed out (a view) is in use. Bytes that are not what was asked for give
 * ProtocolError and nothing else; every length is checked against the limit and the bytes that remain before anything
 * is allocated. After an error the position is undefined: `reset` before reading on.
 *
 * Source of the encoding: client-protocol.md, section 1.
 */
export class JuteReader {
  private readonly fieldSizeMaxBytes: number;
  private readonly long = new LongParts();
  private readonly utf8 = new Utf8Decoder();
  private bytes: Uint8Array;
  private at: number;
  private end: number;

  constructor(bytes: Uint8Array, options?: JuteReaderOptions) {
    this.fieldSizeMaxBytes = options?.fieldSizeMaxBytes ?? FIELD_SIZE_MAX_BYTES_DEFAULT;
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** Starts over at the front of other bytes, so that one reader can serve a whole connection. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** How many bytes have been read since the last `reset`. */
  get position(): number {
    return this.at;
  }

  /** Bytes not read yet. Behind a whole record these are trailing bytes, which ZooKeeper ignores. */
  get remainingBytes(): number {
    return this.end - this.at;
  }

  /** One signed byte, -128..127. */
  readByte(): number {
    return (this.bytes[this.take(1)]! << 24) >> 24;
  }

  /** Any byte but 0 is true, as in ZooKeeper. */
  readBoolean(): boolean {
    return this.bytes[this.take(1)]! !== 0;
  }

  /** A signed 32-bit integer. */
  readInt(): number {
    const position = this.take(4);
    const bytes = this.bytes;
    return (bytes[position]! << 24) | (bytes[position + 1]! << 16) | (bytes[position + 2]! << 8) | bytes[position + 3]!;
  }

  /**
   * A signed 64-bit integer as a number: for zxids and times. A value beyond ±(2^53 - 1), which only a foreign peer
   * can send, becomes that bound, so it still compares as very large or very small but is not written back as it came.
   */
  readLong(): number {
    const high = this.readInt();
    const value = high * 0x1_0000_0000 + (this.readInt() >>> 0);
    if (value > LONG_MAX) return LONG_MAX;
    return value < -LONG_MAX ? -LONG_MAX : value;
  }

  /** A signed 64-bit integer, exactly: for session ids. */
  readBigLong(): bigint {
    const high = this.readInt();
    const low = this.readInt();
    // Most are 0 (no owner) and need no arithmetic.
    if (high === 0 && low === 0) return 0n;
    return this.long.join(high, low);
  }

  /** A string, or null. Bytes that are not UTF-8 become U+FFFD, which no path may hold (see utf8.ts). */
  readNullableString(): string | null {
    const length = this.readLength();
    if (length < 0) return null;
    const start = this.take(length);
    return this.utf8.decode(this.bytes, start, start + length);
  }

  /** A string that may be empty but not null. */
  readString(): string {
    return this.readNullableString() ?? failNull("string");
  }

  /** Moves past a string that is not null, unseen: its bytes are those from what this returns to `position`. */
  skipString(): number {
    const length = this.readLength();
    return length < 0 ? failNull("string") : this.take(length);
  }

  /** Moves past a buffer, unseen: its bytes are those from what this returns to `position`; -1 if it is null. */
  skipNullableBuffer(): number {
    const length = this.readLength();
    return length < 0 ? -1 : this.take(length);
  }

  /** The text of `[start, end)` of the reader's bytes, wherever the reader stands. */
  textAt(start: number, end: number): string {
    return this.utf8.decode(this.bytes, start, end);
  }

  /** A view of the reader's bytes (no copy; see the class on ownership), or null. Null and empty are distinct. */
  readNullableBuffer(): Uint8Array | null {
    const length = this.readLength();
    if (length < 0) return null;
    const start = this.take(length);
    // Not subarray: on a Node.js Buffer that would give a Buffer, whose methods differ.
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, length);
  }

  /** A buffer that may be empty but not null: a view, as above. */
  readBuffer(): Uint8Array {
    return this.readNullableBuffer() ?? failNull("buffer");
  }

  /** The count of a vector, or -1 for null; at most the number of items of `itemSizeMinBytes` (>= 1) that fit in the rest. */
  readVectorCount(itemSizeMinBytes: number): number {
    const count = this.readInt();
    if (count < -1) throw new ProtocolError("count-negative", `a vector counts ${count} items`);
    if (count * itemSizeMinBytes > this.end - this.at) {
      throw new ProtocolError(
        "count-above-limit",
        `a vector counts ${count} items of at least ${itemSizeMinBytes} bytes, ${this.remainingBytes} bytes remain`,
      );
    }
    return count;
  }

  /** The length of a string or buffer: -1 for null, else within the limit and within the bytes that remain. */
  private readLength(): number {
    const length = this.readInt();
    if (length < -1) throw new ProtocolError("length-negative", `a field is ${length} bytes long`);
    if (length > this.fieldSizeMaxBytes) {
      throw new ProtocolError(
        "length-above-limit",
        `a field is ${length} bytes long, the limit is ${this.fieldSizeMaxBytes}`,
      );
    }
    return length;
  }

  /** Moves past `size` bytes and returns where they start. */
  private take(size: number): number {
    const start = this.at;
    if (size > this.end - start) failTruncated(size, this.end - start);
    this.at = start + size;
    return start;
  }
}

function failTruncated(size: number, remaining: number): never {
  throw new ProtocolError("truncated", `${size} bytes needed, ${remaining} remain`);
}

function failNull(what: string): never {
  throw new ProtocolError("null-field", `a ${what} is null where none may be`);
}

/** A vector of records, or null. `itemSizeMinBytes` is the size of the smallest record that `readItem` can read. */
export function readNullableVector<Item>(
  reader: JuteReader,
  itemSizeMinBytes: number,
  readItem: (reader: JuteReader) => Item,
): Item[] | null {
  const count = reader.readVectorCount(itemSizeMinBytes);
  if (count < 0) return null;
  // Grown item by item: what a hostile count costs is then bounded by the items that really decode.
  const items: Item[] = [];
  for (let index = 0; index < count; index++) items.push(readItem(reader));
  return items;
}

/** A vector that may be empty but not null. */
export function readVector<Item>(
  reader: JuteReader,
  itemSizeMinBytes: number,
  readItem: (reader: JuteReader) => Item,
): Item[] {
  return readNullableVector(reader, itemSizeMinBytes, readItem) ?? failNull("vector");
}

/** The bytes of an empty or null string: its length alone. */
const STRING_SIZE_MIN_BYTES = 4;

/** A vector of strings, neither it nor any of them null. */
export function readStringVector(reader: JuteReader): string[] {
  return readVector(reader, STRING_SIZE_MIN_BYTES, readStringItem);
}

function readStringItem(reader: JuteReader): string {
  return reader.readString();
}
