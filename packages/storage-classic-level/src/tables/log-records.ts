import { u32At } from "./bytes.ts";
import { crc32c, maskedCrc } from "./crc32c.ts";

// LevelDB's logs, of writes and of what tables there are, are blocks of 32 KiB. In each there are pieces of records, one behind
// the other: a checksum, a length, a sort, and bytes. Where less than a header is left of a block, nothing stands.

export const LOG_BLOCK_BYTES = 32_768;
export const PIECE_HEADER_BYTES = 7;

export const PIECE_SORTS = { none: 0, full: 1, first: 2, middle: 3, last: 4 } as const;

export type LogPiece =
  | { readonly kind: "piece"; readonly sort: number; readonly bytes: Uint8Array; readonly end: number }
  /** LevelDB goes on with the next block, and may say nothing of it. */
  | { readonly kind: "zeros" }
  /** The file ends within it: LevelDB takes that for a write that a crash has cut short, and says nothing. */
  | { readonly kind: "cut" }
  /** LevelDB finds it, and goes on with the next block, or does not. */
  | { readonly kind: "damaged" };

/** The piece at that place of a block, of which fewer bytes than usual are there if the file ends in it. */
export function pieceAt(block: Uint8Array, at: number): LogPiece {
  const isLast = block.length < LOG_BLOCK_BYTES;
  const length = block[at + 4]! | (block[at + 5]! << 8);
  const sort = block[at + 6]!;
  const end = at + PIECE_HEADER_BYTES + length;
  if (end > block.length) return { kind: isLast ? "cut" : "damaged" };
  if (sort === PIECE_SORTS.none && length === 0) return { kind: "zeros" };
  if (maskedCrc(crc32c(block, at + 6, end)) !== u32At(block, at)) return { kind: "damaged" };
  return { kind: "piece", sort, bytes: block.subarray(at + PIECE_HEADER_BYTES, end), end };
}

/** Puts the pieces of a log's records together, as LevelDB does; each block once, in order, the last one as long as it is. */
export class RecordReader {
  private parts: Uint8Array[] | null = null;
  private hasGap = false;
  /** Since the last record. */
  holeBytes = 0;

  /**
   * The records that end in this block. "damaged" where LevelDB refuses to go on, and "gap" where it goes on as if nothing
   * had been lost.
   */
  *records(block: Uint8Array): Generator<Uint8Array | "damaged" | "gap", void> {
    for (let at = 0; block.length - at >= PIECE_HEADER_BYTES;) {
      const piece = pieceAt(block, at);
      if (piece.kind === "cut") return;
      if (piece.kind === "zeros" && this.parts === null) {
        this.hasGap = true;
        this.holeBytes += block.length - at;
        return;
      }
      if (piece.kind !== "piece") return void (yield "damaged");
      // Behind a write that was cut short there is nothing.
      if (this.hasGap) return void (yield "gap");
      at = piece.end;
      const record = this.join(piece.sort, piece.bytes);
      if (record !== null) yield record;
    }
  }

  private join(sort: number, bytes: Uint8Array): Uint8Array | "damaged" | null {
    // An empty beginning at the end of a block counts for nothing.
    const isEmpty = this.parts?.every((part) => part.length === 0) ?? true;
    const { parts } = this;
    switch (sort) {
      case PIECE_SORTS.full:
        this.parts = null;
        return isEmpty ? bytes : "damaged";
      case PIECE_SORTS.first:
        if (!isEmpty) return "damaged";
        this.parts = [bytes.slice()];
        return null;
      case PIECE_SORTS.middle:
        parts?.push(bytes.slice());
        return parts === null ? "damaged" : null;
      case PIECE_SORTS.last:
        this.parts = null;
        return parts === null ? "damaged" : Buffer.concat([...parts, bytes]);
      default:
        return "damaged";
    }
  }
}
