import { ByteCursor, u32At } from "./bytes.ts";
import { isNoBlock } from "./block.ts";
import { TRAILER_BYTES } from "./internal-key.ts";

// A table is its data blocks, one behind the other, then a filter (or none), a block that says where the filter is, the index,
// and the footer.

/** The sort of a block, and the checksum of it and the sort. */
export const BLOCK_TRAILER_BYTES = 5;
export const FOOTER_BYTES = 48;
const MAGIC: readonly [number, number] = [0x8b80_fb57, 0xdb47_7524];
const FILTER_NAME = "filter.leveldb.BuiltinBloomFilter2";

/** Where a block stands, without what trails it. */
export interface BlockHandle {
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface Footer {
  readonly metaindex: BlockHandle;
  readonly index: BlockHandle;
}

export interface IndexEntry {
  /** No key of the block comes behind it, and none of the next one before. */
  readonly key: Uint8Array;
  readonly handle: BlockHandle;
}

/** Null if LevelDB finds no footer there; "wrong" if it finds one that does not fit the file. */
export function parseFooter(bytes: Uint8Array, from: number, tableSize: number): Footer | null | "wrong" {
  const magicAt = from + FOOTER_BYTES - 8;
  if (u32At(bytes, magicAt) !== MAGIC[0] || u32At(bytes, magicAt + 4) !== MAGIC[1]) return null;
  const cursor = new ByteCursor(bytes, from, magicAt);
  const [metaindex, index] = [parseHandle(cursor), parseHandle(cursor)];
  if (metaindex === null || index === null) return null;
  const isFitting = endOf(metaindex) === index.offset && endOf(index) + FOOTER_BYTES === tableSize;
  return isFitting ? { metaindex, index } : "wrong";
}

export function endOf({ offset, sizeBytes }: BlockHandle): number {
  return offset + sizeBytes + BLOCK_TRAILER_BYTES;
}

function parseHandle(cursor: ByteCursor): BlockHandle | null {
  const [offset, sizeBytes] = [cursor.varint64(), cursor.varint64()];
  return offset < 0 || sizeBytes < 0 ? null : { offset, sizeBytes };
}

/** Blocks of a sound index; null if they do not follow each other from the beginning on, up to `end`. */
export function parseIndex(contents: Uint8Array, end: number): readonly IndexEntry[] | null {
  const entries = parseEntries(contents);
  const index: IndexEntry[] = [];
  let at = 0;
  for (const { key, value } of entries ?? []) {
    const handle = parseHandle(new ByteCursor(value));
    if (handle === null || handle.offset !== at || endOf(handle) > end || key.length < TRAILER_BYTES) return null;
    index.push({ key, handle });
    at = endOf(handle);
  }
  return index.length === 0 ? null : index;
}

/** Where the filter stands, by a sound metaindex; null if there is none. */
export function parseMetaindex(contents: Uint8Array): BlockHandle | null {
  const own = parseEntries(contents)?.find(({ key }) => Buffer.from(key).toString("latin1") === FILTER_NAME);
  return own === undefined ? null : parseHandle(new ByteCursor(own.value));
}

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function parseEntries(contents: Uint8Array): readonly Entry[] | null {
  if (isNoBlock(contents, 0, contents.length)) return null;
  const restartCount = u32At(contents, contents.length - 4);
  const cursor = new ByteCursor(contents, 0, contents.length - 4 * (restartCount + 1));
  const entries: Entry[] = [];
  let before: Uint8Array = new Uint8Array(0);
  while (!cursor.isAtEnd) {
    const [shared, ownSize, valueSize] = [cursor.varint32(), cursor.varint32(), cursor.varint32()];
    const [own, value] = [cursor.take(ownSize), cursor.take(valueSize)];
    if (own === null || value === null || shared < 0 || shared > before.length) return null;
    before = Buffer.concat([before.subarray(0, shared), own]);
    entries.push({ key: before, value });
  }
  return entries;
}
