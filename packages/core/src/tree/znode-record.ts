import type { BytesDigest } from "../digest/bytes-digest.ts";
import { type CellRef, Slab } from "./slab.ts";

/**
 * A znode's record: a header of 32 words, then the name, then the data, in one slab cell, so that reading a
 * znode touches one place in memory. Columns kept apart would cost a cache miss a field; objects would cost
 * twice the memory and a garbage collector that walks a million of them.
 *
 * A reference is valid until the tree changes: a record moves when its data outgrows the cell.
 */
export type ZnodeRef = CellRef;
export const REF_NONE: ZnodeRef = -1;

/** Where each field stands, in words. A 64-bit field takes two: the high word, then the low one. */
export const CZXID = 0;
export const MZXID = 2;
export const PZXID = 4;
export const CTIME = 6;
export const MTIME = 8;
/** The stored ephemeralOwner: a session id, or what marks a container or a TTL (semantics 2.4). */
export const OWNER = 10;
export const VERSION = 12;
/** The stored cversion: how many children were ever created here (semantics 2.1). */
export const CVERSION = 13;
export const AVERSION = 14;
export const ACL_ID = 15;
export const CHILD_COUNT = 16;
export const DESCENDANT_COUNT = 17;
/** Links to other znodes hold ids. Siblings form a ring through `NEXT` and `PREVIOUS`. */
export const FIRST_CHILD = 18;
export const NEXT = 19;
export const PREVIOUS = 20;
export const PATH_HASH = 21;
export const PATH_DIGEST = 22;
export const DATA_DIGEST = 23;
/** Bytes of data; -1 for null. */
export const DATA_LENGTH = 25;
export const ID = 26;
/** What a look-up compares stands next to the name. */
export const PARENT = 27;
/** Bytes of the name. */
export const NAME_LENGTH = 28;
/** The two lanes that the znode adds to the state digest (digest/state-digest.ts). */
export const ITEM_DIGEST = 29;

/** Even: cells are made of 8 bytes. */
const HEADER_WORDS = 32;
const HEADER_BYTES = HEADER_WORDS * 4;
/** Up to here the loop that makes the digest copies for nearly nothing; `set` has a fixed cost, as has a view. */
const COPY_LOOP_MAX_BYTES = 192;
/** A cache line of 64 bytes. */
const LINE_WORDS = 16;
const TWO_32 = 4294967296;
/** Exact, and a multiplication where a division would take several times as long. */
const PER_TWO_32 = 1 / TWO_32;

/** A 64-bit field that holds an exact number, from words in hand. */
export function longAt(words: Int32Array, at: number): number {
  return words[at]! * TWO_32 + (words[at + 1]! >>> 0);
}

function setLongAt(words: Int32Array, at: number, value: number): void {
  words[at] = Math.floor(value * PER_TWO_32);
  words[at + 1] = value;
}

/** A znode as a checkpoint's page holds it. */
export interface RestoredZnode {
  readonly id: number;
  readonly parent: number;
  /** The page. */
  readonly view: DataView;
  /** Where the name stands in it, and the data. `dataStart` is -1 for null; then `dataEnd` is, too. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly dataStart: number;
  readonly dataEnd: number;
  /** Writes the fields from CZXID to AVERSION of the header that begins at `words[at]`. */
  readWords(words: Int32Array, at: number): void;
}

/** Reads and writes records by reference. */
export class ZnodeRecords {
  private readonly slab = new Slab();

  get sizeBytes(): number {
    return this.slab.sizeBytes;
  }

  get pagesLeft(): number {
    return this.slab.pagesLeft;
  }

  /** A record with the name `bytes[start, end)`, room for `dataSize` bytes of data, and a header of zeros. */
  allocate(bytes: Uint8Array, start: number, end: number, dataSize: number): ZnodeRef {
    const { slab } = this;
    const nameSize = end - start;
    const ref = slab.allocate(HEADER_BYTES + nameSize + dataSize);
    const word = slab.wordAt(ref);
    const words = slab.wordsOf(ref);
    for (let i = 0; i < HEADER_WORDS; i++) words[word + i] = 0;
    words[word + NAME_LENGTH] = nameSize;
    const target = slab.bytesOf(ref);
    const at = slab.byteAt(ref) + HEADER_BYTES;
    for (let i = 0; i < nameSize; i++) target[at + i] = bytes[start + i]!;
    return ref;
  }

  /** Fills in what a new znode's header says of its creation. */
  initialize(ref: ZnodeRef, id: number, aclId: number, zxid: number, timeMs: number): void {
    const words = this.slab.wordsOf(ref);
    const at = this.slab.wordAt(ref);
    const zxidHigh = Math.floor(zxid * PER_TWO_32);
    const timeHigh = Math.floor(timeMs * PER_TWO_32);
    words[at + ID] = id;
    words[at + ACL_ID] = aclId;
    for (let field = CZXID; field <= PZXID; field += 2) {
      words[at + field] = zxidHigh;
      words[at + field + 1] = zxid;
    }
    for (let field = CTIME; field <= MTIME; field += 2) {
      words[at + field] = timeHigh;
      words[at + field + 1] = timeMs;
    }
  }

  /** A record as a checkpoint's page holds it: alone, until it gets its place in the tree. `digest` takes the data's. */
  restore(from: RestoredZnode, aclId: number, digest: BytesDigest): ZnodeRef {
    const { slab } = this;
    const { view, nameStart, dataStart, dataEnd } = from;
    const nameSize = from.nameEnd - nameStart;
    const dataSize = dataEnd - dataStart;
    const ref = slab.allocate(HEADER_BYTES + nameSize + dataSize);
    const target = slab.viewOf(ref);
    const nameTo = slab.byteAt(ref) + HEADER_BYTES;
    copyWords(view, nameStart, nameSize, target, nameTo);
    if (dataStart < 0) digest.of(null, 0, 0);
    else digest.copyView(view, dataStart, dataEnd, target, nameTo + nameSize);
    const words = slab.wordsOf(ref);
    const at = slab.wordAt(ref);
    from.readWords(words, at);
    words[at + ACL_ID] = aclId;
    words[at + CHILD_COUNT] = 0;
    words[at + DESCENDANT_COUNT] = 0;
    words[at + FIRST_CHILD] = 0;
    words[at + NEXT] = 0;
    words[at + PREVIOUS] = 0;
    words[at + PATH_HASH] = 0;
    words[at + PATH_DIGEST] = 0;
    words[at + DATA_DIGEST] = digest.a;
    words[at + DATA_DIGEST + 1] = digest.b;
    words[at + DATA_LENGTH] = dataStart < 0 ? -1 : dataSize;
    words[at + ID] = from.id;
    words[at + PARENT] = from.parent;
    words[at + NAME_LENGTH] = nameSize;
    return ref;
  }

  free(ref: ZnodeRef): void {
    this.slab.free(ref);
  }

  /** Makes room for `dataSize` bytes of data; returns the record's reference, a new one if it had to move. */
  resize(ref: ZnodeRef, dataSize: number): ZnodeRef {
    const { slab } = this;
    const fixedSize = HEADER_BYTES + this.get(ref, NAME_LENGTH);
    if (slab.fits(ref, fixedSize + dataSize)) return ref;
    const moved = slab.allocate(fixedSize + dataSize);
    const from = slab.byteAt(ref);
    slab.bytesOf(moved).set(slab.bytesOf(ref).subarray(from, from + fixedSize), slab.byteAt(moved));
    slab.free(ref);
    return moved;
  }

  /** Writes the data `bytes[start, end)`, or null, for which `allocate` or `resize` made room; `digest` takes theirs. */
  writeData(ref: ZnodeRef, bytes: Uint8Array | null, start: number, end: number, digest: BytesDigest): void {
    const words = this.slab.wordsOf(ref);
    const at = this.slab.wordAt(ref);
    words[at + DATA_LENGTH] = bytes === null ? -1 : end - start;
    if (bytes === null) {
      digest.of(null, start, end);
    } else {
      const target = this.slab.bytesOf(ref);
      const to = this.slab.byteAt(ref) + HEADER_BYTES + words[at + NAME_LENGTH]!;
      if (end - start <= COPY_LOOP_MAX_BYTES) {
        digest.copy(bytes, start, end, target, to);
      } else {
        digest.of(bytes, start, end);
        target.set(end - start === bytes.length ? bytes : bytes.subarray(start, end), to);
      }
    }
    words[at + DATA_DIGEST] = digest.a;
    words[at + DATA_DIGEST + 1] = digest.b;
  }

  /** Asks memory for every cache line of the header and the name; what it returns means nothing. */
  touch(ref: ZnodeRef): number {
    const words = this.slab.wordsOf(ref);
    const at = this.slab.wordAt(ref);
    return (
      words[at]! ^ words[at + LINE_WORDS]! ^ words[at + HEADER_WORDS - 1]! ^ words[at + HEADER_WORDS + LINE_WORDS - 1]!
    );
  }

  get(ref: ZnodeRef, field: number): number {
    return this.slab.wordsOf(ref)[this.slab.wordAt(ref) + field]!;
  }

  set(ref: ZnodeRef, field: number, value: number): void {
    this.slab.wordsOf(ref)[this.slab.wordAt(ref) + field] = value;
  }

  /** A 64-bit field that holds an exact number: a zxid or a time. */
  getLong(ref: ZnodeRef, field: number): number {
    return longAt(this.slab.wordsOf(ref), this.slab.wordAt(ref) + field);
  }

  setLong(ref: ZnodeRef, field: number, value: number): void {
    setLongAt(this.slab.wordsOf(ref), this.slab.wordAt(ref) + field, value);
  }

  /** The words of the record's page, for code that reads many fields; `wordAt` says where the record begins. */
  wordsOf(ref: ZnodeRef): Int32Array {
    return this.slab.wordsOf(ref);
  }

  wordAt(ref: ZnodeRef): number {
    return this.slab.wordAt(ref);
  }

  /** The bytes of the record's page, which hold the name from `nameStart` and the data from `dataStart` on. */
  bytesOf(ref: ZnodeRef): Uint8Array {
    return this.slab.bytesOf(ref);
  }

  /** A view of the data, whose length is `length`. */
  dataView(ref: ZnodeRef, length: number): Uint8Array {
    // Not subarray, nor a page's buffer by its getter: each costs twice what the view does.
    return new Uint8Array(this.slab.bufferOf(ref), this.dataStart(ref), length);
  }

  nameStart(ref: ZnodeRef): number {
    return this.slab.byteAt(ref) + HEADER_BYTES;
  }

  dataStart(ref: ZnodeRef): number {
    return this.slab.byteAt(ref) + HEADER_BYTES + this.get(ref, NAME_LENGTH);
  }

  /** Whether the record's name, whose length the caller has compared, is `bytes[start, end)`. */
  isNamed(ref: ZnodeRef, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.slab.bytesOf(ref);
    const at = this.slab.byteAt(ref) + HEADER_BYTES - start;
    for (let i = start; i < end; i++) if (own[at + i] !== bytes[i]) return false;
    return true;
  }
}

function copyWords(from: DataView, start: number, size: number, target: DataView, to: number): void {
  const whole = size & ~3;
  for (let i = 0; i < whole; i += 4) target.setInt32(to + i, from.getInt32(start + i));
  for (let i = whole; i < size; i++) target.setUint8(to + i, from.getUint8(start + i));
}
