import { contentsOf } from "../../src/tables/contents.ts";
import { ByteCursor, u32At } from "../../src/tables/bytes.ts";
import {
  BLOCK_TRAILER_BYTES,
  type BlockHandle,
  FOOTER_BYTES,
  parseFooter,
  parseIndex,
} from "../../src/tables/table-layout.ts";

/** What a flipped bit may hit in a table; of a block that is packed nobody can say. */
export const TABLE_PARTS = [
  "sizes of an entry",
  "key",
  "number and kind of a write",
  "value",
  "restart points",
  "packed block",
  "sort of a block",
  "checksum of a block",
  "index",
  "filter",
  "list of filters",
  "footer",
] as const;
export type TablePart = (typeof TABLE_PARTS)[number];

/** From, and to the one before, in the file. */
export type Range = readonly [number, number];

/** Where the parts of a sound table are; nothing of one that LevelDB has not finished. */
export function partsOf(table: Uint8Array): ReadonlyMap<TablePart, readonly Range[]> {
  const parts = new Map<TablePart, Range[]>(TABLE_PARTS.map((part) => [part, []]));
  const add = (part: TablePart, from: number, end: number): void => void parts.get(part)!.push([from, end]);
  const footerAt = table.length - FOOTER_BYTES;
  const footer = footerAt < 0 ? null : parseFooter(table, footerAt, table.length);
  if (footer === null || footer === "wrong") return parts;
  const { index, metaindex } = footer;
  const contents = contentsOf(table, index.offset, index.sizeBytes);
  const entries = contents.kind === "contents" ? parseIndex(contents.bytes, metaindex.offset) : null;
  if (entries === null) return parts;
  const last = entries.at(-1)!.handle;
  for (const { handle } of entries) addBlock(table, handle, add);
  add("filter", last.offset + last.sizeBytes + BLOCK_TRAILER_BYTES, metaindex.offset);
  add("list of filters", metaindex.offset, index.offset);
  add("index", index.offset, footerAt);
  add("footer", footerAt, table.length);
  return new Map([...parts].map(([part, ranges]) => [part, ranges.filter(([from, end]) => from < end)]));
}

function addBlock(
  table: Uint8Array,
  { offset, sizeBytes }: BlockHandle,
  add: (part: TablePart, from: number, end: number) => void,
): void {
  const end = offset + sizeBytes;
  add("sort of a block", end, end + 1);
  add("checksum of a block", end + 1, end + BLOCK_TRAILER_BYTES);
  if (table[end] !== 0) return add("packed block", offset, end);
  const entriesEnd = end - 4 * (u32At(table, end - 4) + 1);
  add("restart points", entriesEnd, end);
  const cursor = new ByteCursor(table, offset, entriesEnd);
  while (!cursor.isAtEnd) {
    const from = cursor.at;
    const [, own, valueSize] = [cursor.varint32(), cursor.varint32(), cursor.varint32()];
    const keyAt = cursor.at;
    add("sizes of an entry", from, keyAt);
    add("key", keyAt, keyAt + Math.max(0, own - 8));
    add("number and kind of a write", keyAt + Math.max(0, own - 8), keyAt + own);
    add("value", keyAt + own, keyAt + own + valueSize);
    cursor.at = keyAt + own + valueSize;
  }
}
