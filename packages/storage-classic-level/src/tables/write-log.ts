import { ByteCursor, u32At } from "./bytes.ts";
import { LOG_BLOCK_BYTES, PIECE_HEADER_BYTES, PIECE_SORTS, pieceAt } from "./log-records.ts";
import type { TableFile } from "./table-file.ts";

/** What is read at a time. */
const PIECE_BLOCKS = 16;
/** The number of a record's first write, and how many writes there are. */
const HEAD_BYTES = 12;
/** LevelDB's numbers have 56 bits. A rotted one may be as high, and a rebuild goes on from there. */
const NUMBER_SPAN = 2n ** 56n;
/** What a crash leaves is a write's worth of nothing; LevelDB reads more than that to its end, for minutes. */
export const HOLE_MAX_BYTES: number = 64 * 2 ** 20;

export interface MisplacedWrite {
  /** Where in the file it begins. */
  readonly offset: number;
  /** As it stands in a sentence behind the place. */
  readonly what: string;
}

interface Pending {
  readonly offset: number;
  readonly parts: Uint8Array[];
}

/**
 * Writes of a log whose checksums are good and that LevelDB must not be given: it ends the process when a number comes twice, as after a
 * block that was stored in two places. What LevelDB leaves out by itself is passed over, as it does.
 */
export async function findMisplacedWrites(file: TableFile): Promise<readonly MisplacedWrite[]> {
  const found: MisplacedWrite[] = [];
  const walk = new WriteWalk();
  const pieceBytes = PIECE_BLOCKS * LOG_BLOCK_BYTES;
  for (let offset = 0; offset < file.sizeBytes; offset += pieceBytes) {
    const piece = await file.read(offset, Math.min(pieceBytes, file.sizeBytes - offset));
    for (let at = 0; at < piece.length; at += LOG_BLOCK_BYTES) {
      walk.block(piece.subarray(at, at + LOG_BLOCK_BYTES), offset + at, found);
    }
    if (walk.holeBytes > HOLE_MAX_BYTES) {
      found.push({ offset, what: `comes behind more than ${HOLE_MAX_BYTES} bytes of nothing` });
      break;
    }
  }
  return found;
}

class WriteWalk {
  /** Blocks of nothing, one behind the other. */
  holeBytes = 0;
  /** A number below it was there before. */
  private next = 0n;
  private pending: Pending | null = null;

  /** Puts records together as LevelDB does for a log: what does not fit is left out, and it goes on behind. */
  block(block: Uint8Array, offset: number, found: MisplacedWrite[]): void {
    for (let at = 0; block.length - at >= PIECE_HEADER_BYTES;) {
      const piece = pieceAt(block, at);
      if (piece.kind !== "piece") {
        if (piece.kind !== "cut") this.pending = null;
        this.holeBytes = piece.kind === "zeros" && at === 0 ? this.holeBytes + block.length : 0;
        return;
      }
      this.holeBytes = 0;
      const record = this.join(piece.sort, piece.bytes, offset + at);
      const what = record === null ? null : this.check(record.bytes);
      if (what !== null) found.push({ offset: record!.offset, what });
      at = piece.end;
    }
  }

  private join(sort: number, bytes: Uint8Array, offset: number): { bytes: Uint8Array; offset: number } | null {
    const { pending } = this;
    switch (sort) {
      case PIECE_SORTS.full:
        this.pending = null;
        return { bytes, offset };
      case PIECE_SORTS.first:
        this.pending = { offset, parts: [bytes.slice()] };
        return null;
      case PIECE_SORTS.middle:
        pending?.parts.push(bytes.slice());
        return null;
      case PIECE_SORTS.last:
        this.pending = null;
        return pending && { bytes: Buffer.concat([...pending.parts, bytes]), offset: pending.offset };
      default:
        this.pending = null;
        return null;
    }
  }

  private check(record: Uint8Array): string | null {
    if (record.length < HEAD_BYTES) return null;
    const first = BigInt(u32At(record, 0)) + (BigInt(u32At(record, 4)) << 32n);
    const count = u32At(record, 8);
    if (first + BigInt(count) >= NUMBER_SPAN) return "has a number that no write reaches";
    if (first < this.next) return `has number ${first}, and what comes before it reaches ${this.next - 1n}`;
    if (writesIn(record) > count) return "holds more than it says";
    this.next = first + BigInt(count);
    return null;
  }
}

/** As many as LevelDB would take of it. */
function writesIn(record: Uint8Array): number {
  const cursor = new ByteCursor(record, HEAD_BYTES);
  for (let count = 0; ; count++) {
    if (cursor.isAtEnd) return count;
    const tag = record[cursor.at++];
    const isWhole = tag === 0 ? cursor.prefixed() : tag === 1 && cursor.prefixed() && cursor.prefixed();
    if (!isWhole) return count;
  }
}
