import { KeyWalk, type TableBounds } from "./block.ts";
import { u32At } from "./bytes.ts";
import { contentsOf, isSound, RAW, SNAPPY, soundContentsOf } from "./contents.ts";
import { crc32c, maskedCrc } from "./crc32c.ts";
import { compareKeys } from "./internal-key.ts";
import type { TableFile } from "./table-file.ts";
import {
  BLOCK_TRAILER_BYTES,
  type BlockHandle,
  endOf,
  FOOTER_BYTES,
  type IndexEntry,
  parseFooter,
  parseIndex,
  parseMetaindex,
} from "./table-layout.ts";

/** What is read at a time: blocks that stand side by side, or a piece of a large one. */
const PIECE_BYTES = 2 ** 19;
/** The end of a table, in which index and footer mostly are. */
const TAIL_BYTES = 2 ** 15;

/** What is wrong with a table that LevelDB would not find before it ends the process. */
export interface Danger {
  /** A block with keys; the filter, by what says where it is; or what all others are found by. */
  readonly part: "block" | "filter" | "file" | "write";
  readonly offset: number;
  readonly sizeBytes: number;
  readonly what: string;
}

/** What LevelDB knows of a table beside the file. */
export interface ExpectedTable extends TableBounds {
  readonly sizeBytes: number;
}

/**
 * Looks for damage that LevelDB takes for granted not to be there. It reads blocks without looking at their checksums; of what
 * it finds then, much is a typed error, and some is an assertion, a wild read, or a request for more memory than there is, each
 * of which ends the process. A value that is not as it was is no danger: whoever reads it has a checksum of its own.
 *
 * Not every checksum is looked at. Of raw blocks the keys are, which takes less time; only if something is wrong with them
 * the checksum says whether LevelDB has written that.
 */
export async function checkTable(
  file: TableFile,
  expected: ExpectedTable | null,
  walk: KeyWalk = new KeyWalk(),
): Promise<readonly Danger[]> {
  const check = new TableCheck(file, expected, walk);
  await check.run();
  return check.dangers;
}

class TableCheck {
  readonly dangers: Danger[] = [];
  private readonly file: TableFile;
  private readonly expected: ExpectedTable | null;
  private readonly walk: KeyWalk;
  private readonly sizeBytes: number;

  constructor(file: TableFile, expected: ExpectedTable | null, walk: KeyWalk) {
    this.file = file;
    this.expected = expected;
    this.walk = walk;
    this.sizeBytes = expected?.sizeBytes ?? file.sizeBytes;
  }

  async run(): Promise<void> {
    const { sizeBytes, file } = this;
    if (file.sizeBytes < sizeBytes)
      return this.refuse(0, file.sizeBytes, `has ${file.sizeBytes} bytes, and its MANIFEST says ${sizeBytes}`);
    if (sizeBytes < FOOTER_BYTES) return;
    const index = await this.readIndex();
    if (index === null) return;
    const wrong = this.expected === null ? null : notAsExpected(index, this.expected);
    if (wrong !== null) return this.refuse(0, sizeBytes, wrong);
    await this.checkBlocks(index);
  }

  private refuse(offset: number, sizeBytes: number, what: string): void {
    this.dangers.push({ part: "file", offset, sizeBytes, what });
  }

  /** Looks at all but the keys. Null if LevelDB does not open such a table, or must not. */
  private async readIndex(): Promise<readonly IndexEntry[] | null> {
    const { sizeBytes } = this;
    const footerAt = sizeBytes - FOOTER_BYTES;
    let tailAt = Math.max(0, sizeBytes - TAIL_BYTES);
    let tail = await this.file.read(tailAt, sizeBytes - tailAt);
    const footer = parseFooter(tail, footerAt - tailAt, sizeBytes);
    if (footer === null) return null;
    if (footer === "wrong") {
      this.refuse(footerAt, FOOTER_BYTES, "has a footer that does not fit the file");
      return null;
    }
    const { metaindex, index } = footer;
    if (metaindex.offset < tailAt) {
      tailAt = metaindex.offset;
      tail = await this.file.read(tailAt, sizeBytes - tailAt);
    }
    const contents = soundContentsOf(tail, index.offset - tailAt, index.sizeBytes);
    if (contents.kind === "unreadable") return null;
    const entries = contents.kind === "contents" ? parseIndex(contents.bytes, metaindex.offset) : null;
    if (entries === null) {
      const what = contents.kind === "dangerous" ? contents.what : "does not say where the blocks are";
      this.refuse(index.offset, index.sizeBytes, `has an index that ${what}`);
      return null;
    }
    const filter = this.readMetaindex(tail, tailAt, metaindex);
    if (filter !== null) await this.checkFilter(filter, metaindex);
    return entries;
  }

  /** Where the filter is; null if LevelDB finds none. */
  private readMetaindex(tail: Uint8Array, tailAt: number, metaindex: BlockHandle): BlockHandle | null {
    const { offset, sizeBytes } = metaindex;
    const contents = soundContentsOf(tail, offset - tailAt, sizeBytes);
    if (contents.kind === "dangerous")
      this.dangers.push({ part: "filter", offset, sizeBytes, what: `has a list of filters that ${contents.what}` });
    return contents.kind === "contents" ? parseMetaindex(contents.bytes) : null;
  }

  /** LevelDB bears whatever a filter holds, and takes keys for missing that are there. */
  private async checkFilter(filter: BlockHandle, { offset, sizeBytes }: BlockHandle): Promise<void> {
    const isThere = endOf(filter) <= offset;
    const sort = isThere ? (await this.file.read(filter.offset + filter.sizeBytes, 1))[0] : RAW;
    if (sort !== RAW && sort !== SNAPPY) return;
    if (isThere && (await this.isSoundOnDisk(filter))) return;
    this.dangers.push({ part: "filter", offset, sizeBytes, what: "has a filter that is not as it was written" });
  }

  private async checkBlocks(index: readonly IndexEntry[]): Promise<void> {
    for (let first = 0; first < index.length;) {
      const { offset } = index[first]!.handle;
      let next = first + 1;
      while (next < index.length && endOf(index[next]!.handle) - offset <= PIECE_BYTES) next++;
      const end = endOf(index[next - 1]!.handle);
      const isLarge = end - offset > PIECE_BYTES;
      if (!isLarge || !(await this.isSoundOnDisk(index[first]!.handle))) {
        const piece = await this.file.read(offset, end - offset);
        for (let at = first; at < next; at++) this.checkBlock(piece, offset, index, at);
      }
      first = next;
    }
  }

  private checkBlock(piece: Uint8Array, pieceAt: number, index: readonly IndexEntry[], at: number): void {
    const { key, handle } = index[at]!;
    const { offset, sizeBytes } = handle;
    const from = offset - pieceAt;
    const bounds = { after: index[at - 1]?.key ?? null, upTo: key, table: this.expected };
    const isRaw = piece[from + sizeBytes] === RAW;
    if (isRaw && this.walk.judge(piece, from, from + sizeBytes, bounds) === null) return;
    if (isSound(piece, from, sizeBytes)) return;
    const contents = contentsOf(piece, from, sizeBytes);
    if (contents.kind === "unreadable") return;
    const what =
      contents.kind === "dangerous" ? contents.what : this.walk.judge(contents.bytes, 0, contents.bytes.length, bounds);
    if (what !== null) this.dangers.push({ part: "block", offset, sizeBytes, what });
  }

  /** Reads a block piece by piece, so that none of any size holds the event loop. */
  private async isSoundOnDisk({ offset, sizeBytes }: BlockHandle): Promise<boolean> {
    const end = offset + sizeBytes + 1;
    let crc = 0;
    for (let at = offset; at < end;) {
      const piece = await this.file.read(at, Math.min(PIECE_BYTES, end - at));
      if (piece.length === 0) return false;
      crc = crc32c(piece, 0, piece.length, crc);
      at += piece.length;
    }
    const stored = await this.file.read(end, BLOCK_TRAILER_BYTES - 1);
    return maskedCrc(crc) === u32At(stored, 0);
  }
}

/** A whole table may stand in the place of another one: then each is sound, and what LevelDB knows of it is not. */
function notAsExpected(index: readonly IndexEntry[], { smallest, largest }: ExpectedTable): string | null {
  const [first, last] = [index[0]!.key, index.at(-1)!.key];
  const before = index.at(-2)?.key ?? null;
  const isOther =
    compareKeys(smallest, smallest.length, first, first.length) > 0 ||
    compareKeys(largest, largest.length, last, last.length) > 0 ||
    (before !== null && compareKeys(largest, largest.length, before, before.length) <= 0);
  return isOther ? "is not the table that its MANIFEST describes" : null;
}
