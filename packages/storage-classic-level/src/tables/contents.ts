import { isNoBlock } from "./block.ts";
import { u32At } from "./bytes.ts";
import { crc32c, maskedCrc } from "./crc32c.ts";
import { BLOCK_SIZE_MAX_BYTES, unpackSnappy } from "./snappy.ts";

/** How a block is stored, as the byte behind it says. LevelDB takes any other one for damage, and says so. */
export const RAW = 0;
export const SNAPPY = 1;

/** Whether the block of that size is as it was written: the checksum stands for it and for its sort. */
export function isSound(bytes: Uint8Array, from: number, sizeBytes: number): boolean {
  const end = from + sizeBytes + 1;
  return maskedCrc(crc32c(bytes, from, end)) === u32At(bytes, end);
}

/** What LevelDB makes of a block, whose checksum it does not look at. */
export type Contents =
  | { readonly kind: "contents"; readonly bytes: Uint8Array }
  /** LevelDB finds that by itself. */
  | { readonly kind: "unreadable" }
  | { readonly kind: "dangerous"; readonly what: string };

const UNREADABLE: Contents = { kind: "unreadable" };

export function contentsOf(bytes: Uint8Array, from: number, sizeBytes: number): Contents {
  const end = from + sizeBytes;
  const sort = bytes[end]!;
  if (sort === RAW) return { kind: "contents", bytes: bytes.subarray(from, end) };
  if (sort !== SNAPPY) return UNREADABLE;
  const unpacked = unpackSnappy(bytes, from, end);
  switch (unpacked.kind) {
    case "unpacked":
      return { kind: "contents", bytes: unpacked.bytes };
    case "unreadable":
      return UNREADABLE;
    case "too-large": {
      const what = `says that it holds ${unpacked.sizeBytes} bytes, and none holds more than ${BLOCK_SIZE_MAX_BYTES}`;
      return { kind: "dangerous", what };
    }
  }
}

/** As `contentsOf`, of a block by which others are found: if it can be read, it has to be as it was written. */
export function soundContentsOf(bytes: Uint8Array, from: number, sizeBytes: number): Contents {
  const contents = contentsOf(bytes, from, sizeBytes);
  if (contents.kind !== "contents" || isSound(bytes, from, sizeBytes)) return contents;
  if (isNoBlock(contents.bytes, 0, contents.bytes.length)) return UNREADABLE;
  return { kind: "dangerous", what: "is not as it was written" };
}
