import type { ExpectedTable } from "./check-table.ts";
import { ByteCursor } from "./bytes.ts";
import { compareKeys, TRAILER_BYTES } from "./internal-key.ts";
import { LOG_BLOCK_BYTES, RecordReader } from "./log-records.ts";
import { HOLE_MAX_BYTES } from "./write-log.ts";
import type { TableFile } from "./table-file.ts";

const LEVELS = 7;
/** What is read at a time. */
const PIECE_BLOCKS = 32;

/** What a change of a MANIFEST speaks of. */
const TAGS = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLog: 9,
} as const;

export interface LiveTable extends ExpectedTable {
  readonly number: number;
}

/** Which logs LevelDB reads again when it opens the database. */
export interface LiveLogs {
  /** This one, and those with higher numbers. */
  readonly from: number;
  /** And this one; 0 if none. */
  readonly previous: number;
}

export type Manifest =
  | { readonly kind: "read"; readonly tables: readonly LiveTable[]; readonly logs: LiveLogs }
  /** LevelDB finds that by itself, and opens nothing. */
  | { readonly kind: "refused" }
  | { readonly kind: "dangerous"; readonly what: string };

/** Which tables LevelDB will use, by the file that CURRENT names. */
export async function readManifest(file: TableFile): Promise<Manifest> {
  const reader = new RecordReader();
  const listing = new Listing();
  const pieceBytes = PIECE_BLOCKS * LOG_BLOCK_BYTES;
  for (let offset = 0; offset < file.sizeBytes; offset += pieceBytes) {
    const piece = await file.read(offset, Math.min(pieceBytes, file.sizeBytes - offset));
    for (let at = 0; at < piece.length; at += LOG_BLOCK_BYTES) {
      for (const record of reader.records(piece.subarray(at, at + LOG_BLOCK_BYTES))) {
        if (record === "gap") return { kind: "dangerous", what: "has a hole in its middle" };
        if (record === "damaged" || !listing.apply(record)) return { kind: "refused" };
      }
    }
    // LevelDB would read it to its end, for minutes.
    if (reader.holeBytes > HOLE_MAX_BYTES) {
      return { kind: "dangerous", what: `ends in more than ${HOLE_MAX_BYTES} bytes of nothing` };
    }
  }
  const tables = listing.tables();
  return tables === null
    ? { kind: "dangerous", what: "lists tables that overlap" }
    : { kind: "read", tables, logs: listing.logs };
}

/** What there is after all changes. */
class Listing {
  logs: LiveLogs = { from: 0, previous: 0 };
  private readonly levels = Array.from({ length: LEVELS }, () => new Map<number, LiveTable>());

  /** Whether LevelDB understands it, too. */
  apply(record: Uint8Array): boolean {
    const cursor = new ByteCursor(record);
    while (!cursor.isAtEnd) if (!this.applyField(cursor)) return false;
    return true;
  }

  private applyField(cursor: ByteCursor): boolean {
    switch (cursor.varint32()) {
      case TAGS.comparator:
        return cursor.prefixed() !== null;
      case TAGS.logNumber:
        this.logs = { ...this.logs, from: cursor.varint64() };
        return this.logs.from >= 0;
      case TAGS.previousLog:
        this.logs = { ...this.logs, previous: cursor.varint64() };
        return this.logs.previous >= 0;
      case TAGS.nextFile:
      case TAGS.lastSequence:
        return cursor.varint64() >= 0;
      case TAGS.compactPointer:
        return cursor.varint32() >= 0 && cursor.prefixed() !== null;
      case TAGS.deletedFile: {
        const [level, number] = [cursor.varint32(), cursor.varint64()];
        this.levels[level]?.delete(number);
        return this.levels[level] !== undefined && number >= 0;
      }
      case TAGS.newFile:
        return this.addTable(cursor);
      default:
        return false;
    }
  }

  private addTable(cursor: ByteCursor): boolean {
    const [level, number, sizeBytes] = [cursor.varint32(), cursor.varint64(), cursor.varint64()];
    const [smallest, largest] = [cursor.prefixed(), cursor.prefixed()];
    const listed = this.levels[level];
    if (listed === undefined || smallest === null || largest === null) return false;
    listed.set(number, { number, sizeBytes, smallest: smallest.slice(), largest: largest.slice() });
    return true;
  }

  /** Null if LevelDB would not bear what it finds. */
  tables(): readonly LiveTable[] | null {
    const all: LiveTable[] = [];
    for (const [level, listed] of this.levels.entries()) {
      const sorted = [...listed.values()].sort((one, other) => compare(one.smallest, other.smallest));
      for (const [index, table] of sorted.entries()) {
        if (Math.min(table.smallest.length, table.largest.length) < TRAILER_BYTES) return null;
        const before = sorted[index - 1];
        if (level > 0 && before !== undefined && compare(before.largest, table.smallest) >= 0) return null;
        all.push(table);
      }
    }
    return all;
  }
}

function compare(one: Uint8Array, other: Uint8Array): number {
  return compareKeys(one, one.length, other, other.length);
}
