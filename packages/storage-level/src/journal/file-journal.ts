import { assert, CoterieError } from "@coterie/interface";
import { crc32 } from "node:zlib";
import { basename, dirname, join } from "node:path";
import type { Pacer } from "../database/pacer.ts";
import type { Stored } from "../format/log-record.ts";
import { isOutOfFiles } from "../files/directories.ts";
import { STORAGE_LIMITS } from "../limits.ts";
import { alignedFrame, FRAME_HEAD_BYTES, frameSizeBytes, ROW_BYTES, writeFrameHead, writeRow } from "./frame.ts";
import { JournalCursor } from "./journal-cursor.ts";
import { type JournalEntry, type JournalFiles, NODE_JOURNAL_FILES } from "./journal-files.ts";
import { fromLogKey, type LogKey, toLogBound } from "./log-key.ts";
import { type IndexEdit, LogIndex } from "./log-index.ts";
import { replaySegments } from "./replay.ts";
import { parseSegmentName, Segment } from "./segment.ts";
import { type SegmentSizes, SegmentSupply } from "./segment-supply.ts";

export interface FileJournalOptions {
  /** A directory of its own, which is made with the first frame. */
  readonly path: string;
  /** @default as in `STORAGE_LIMITS` */
  readonly sizes?: SegmentSizes;
  /** @default Node.js's own file system */
  readonly files?: JournalFiles;
}

/** What a batch does to one log record. */
export interface LogChange {
  readonly key: LogKey;
  /** Null if it goes. */
  readonly value: Uint8Array | null;
}

/** Frames up to this size are copied together: cheaper than to hand several pieces to the system. */
const SCRATCH_BYTES = 64 * 1024;
const PADDING = new Uint8Array(8);

/** A journal is opened, written and closed by the database that it belongs to, under that one's lock. */
export type Journal = FileJournal;

export function createFileJournal({
  path,
  sizes = STORAGE_LIMITS,
  files = NODE_JOURNAL_FILES,
}: FileJournalOptions): Journal {
  return new FileJournal(path, sizes, files);
}

/**
 * The log records of a store in files that only grow: what a batch does to them is one frame, written and synced at once. Which
 * record stands where is kept in memory. Calls of `append` are serial. What fails rejects with what the medium said.
 */
class FileJournal {
  readonly name: string;
  private readonly path: string;
  private readonly sizes: SegmentSizes;
  private readonly files: JournalFiles;
  private readonly supply: SegmentSupply;
  private index = new LogIndex();
  /** In the order of their numbers; the last one that holds a frame is where the next one goes. */
  private segments: Segment[] = [];
  private active: Segment | null = null;
  private position = 0;
  /** Written to the active segment in this life. */
  private frameCount = 0;
  private lastNumber = 0;
  private lastCounted = 0;
  /** The edits of a frame whose batch the database has not taken yet. */
  private prepared: readonly IndexEdit[] | null = null;
  /** The next frame goes over one that did not come about, whether there is room or not. */
  private hasRemnant = false;
  private hasLeftovers = false;
  private isBroken = false;
  private readonly scratch = Buffer.alloc(SCRATCH_BYTES);
  /** Of each open cursor when it was opened, in removals from the index. */
  private readonly cursors = new Set<{ readonly since: number }>();
  private isReclaiming = false;
  private reclaiming: Promise<void> = Promise.resolve();
  /** Batches that are missing between others that are there. */
  gapCount = 0;
  /** Its last frame, which nobody was told of, was not written to its end. */
  isTorn = false;

  constructor(path: string, sizes: SegmentSizes, files: JournalFiles) {
    this.path = path;
    this.sizes = sizes;
    this.files = files;
    this.name = `the journal in ${path}`;
    this.supply = new SegmentSupply(files, path, sizes);
  }

  /** Whether segments stand there, whatever is in them. */
  async exists(): Promise<boolean> {
    return (await this.segmentEntries()).length > 0;
  }

  private async segmentEntries(entries?: readonly JournalEntry[] | null): Promise<JournalEntry[]> {
    const found = entries === undefined ? await this.files.list(this.path) : entries;
    return (found ?? [])
      .filter(({ name }) => parseSegmentName(name) !== null)
      .sort((one, other) => compare(one, other));
  }

  /**
   * Reads all of it and changes no byte: the last frame that counts is written again as it stands. `committed`: the last frame of which the database says that it took the batch that goes
   * with it.
   *
   * @throws CoterieError STORE_CORRUPT if something else than a file stands in the place of one
   */
  async open(committed: number): Promise<void> {
    this.index = new LogIndex();
    const listed = await this.files.list(this.path);
    const segments: Segment[] = [];
    for (const { name, kind, sizeBytes } of await this.segmentEntries(listed)) {
      if (kind !== "file") {
        const advice = "put the file back, or set the database aside";
        throw new CoterieError("STORE_CORRUPT", `${join(this.path, name)} is no regular file: ${advice}`);
      }
      const roomBytes = Math.max(sizeBytes, this.sizes.growingSegmentSizeBytes);
      // Somebody's copy of a segment, whatever it holds, may have the number of another one.
      const number = Math.max(parseSegmentName(name)!, (segments.at(-1)?.number ?? 0) + 1);
      segments.push(new Segment(this.files, this.path, { name, number, sizeBytes, roomBytes }));
    }
    try {
      const { end, last, hasRemnant, lastNumber, lastCounted, gapCount, isTorn } = await replaySegments(
        segments,
        committed,
        this.index,
      );
      this.active = end?.segment ?? null;
      this.position = end?.at ?? 0;
      this.hasRemnant = hasRemnant;
      this.lastCounted = lastCounted;
      // A number that the database knows is not given again, even if the frame is lost.
      this.lastNumber = Math.max(lastNumber, Number.isFinite(committed) ? committed : 0);
      this.gapCount = gapCount;
      this.isTorn = isTorn;
      // It counts from now on, and the life that wrote it may not have had it synced.
      if (last !== null) await last.segment.rewrite(last.start, last.end);
    } catch (error) {
      for (const segment of segments) await segment.close();
      throw error;
    }
    const used = countUpTo(segments, this.active);
    this.segments = segments.slice(0, used);
    this.supply.start(listed, segments.at(-1)?.number ?? 0, segments.slice(used));
  }

  /** What stands there belongs to no database: it is put aside before the first frame is written. */
  async leave(): Promise<void> {
    const listed = await this.files.list(this.path);
    this.hasLeftovers = (await this.segmentEntries(listed)).length > 0;
    this.supply.start(listed, 0, []);
  }

  /** Takes away what a database has left that is not there any more; removes it if nobody was told of it. */
  async clear(how: "aside" | "remove"): Promise<void> {
    const entries = await this.segmentEntries().catch((error: unknown) => {
      // Whatever stands in the place of the directory is put aside, too.
      if (how === "aside" && error instanceof CoterieError) return null;
      throw error;
    });
    if (entries?.length !== 0 && how === "aside") await this.putAside();
    if (entries !== null && entries.length > 0 && how === "remove") {
      for (const { name } of entries) await this.files.remove(join(this.path, name));
      await this.files.syncDirectory(this.path);
    }
    await this.leave();
  }

  private async putAside(): Promise<void> {
    const above = dirname(this.path);
    const names = new Set((await this.files.list(above))?.map(({ name }) => name));
    let number = 1;
    while (names.has(`${basename(this.path)}.aside-${number}`)) number++;
    await this.files.rename(this.path, `${this.path}.aside-${number}`);
    await this.files.syncDirectory(above);
    this.supply.forgetDirectory();
    this.hasLeftovers = false;
  }

  /**
   * Writes one frame; resolves with its number when it is durable. One that is prepared counts from `settle` on, and after a crash if
   * the database knows its number.
   */
  async append(changes: readonly LogChange[], isPrepared: boolean, pacer: Pacer): Promise<number> {
    if (this.isBroken || this.prepared !== null) throw new Error("an earlier write to the journal has failed");
    const payloadBytes = changes.reduce((sum, { value }) => sum + ROW_BYTES + (value?.length ?? 0), 0);
    assert(payloadBytes <= STORAGE_LIMITS.frameSizeMaxBytes, "a batch changes no more of the log than a frame holds");
    // Whatever fails from here on: what stands there is not known.
    this.isBroken = true;
    const sizeBytes = frameSizeBytes(payloadBytes);
    const segment = await this.segmentFor(sizeBytes);
    const number = this.lastNumber + 1;
    const edits = editsOf(changes, segment.number, this.position);
    const pieces = await this.encode(changes, { segment, number, payloadBytes, isPrepared, pacer });
    await (await segment.open()).write(pieces, this.position);
    this.position += sizeBytes;
    this.hasRemnant = false;
    this.lastNumber = number;
    this.lastCounted = number;
    this.isBroken = false;
    if (isPrepared) this.prepared = edits;
    else this.index.apply(edits);
    this.frameCount++;
    this.requestNext(segment);
    return number;
  }

  /** So early that the next segment is there when it is needed; the first one is small, since most stores are. */
  private requestNext(segment: Segment): void {
    const isWorn = segment.isGrowing && this.frameCount >= STORAGE_LIMITS.growingFramesMax;
    if (!isWorn && this.position * 4 <= segment.roomBytes) return;
    this.supply.request(segment.isGrowing ? this.sizes.growingSegmentSizeBytes : this.sizes.segmentSizeBytes);
  }

  /** The database has taken the batch that goes with the last frame. */
  settle(): void {
    assert(this.prepared !== null, "a frame was prepared");
    this.index.apply(this.prepared);
    this.prepared = null;
  }

  private async segmentFor(sizeBytes: number): Promise<Segment> {
    if (this.hasLeftovers) await this.putAside();
    const { active } = this;
    const isLeft = active?.isGrowing === true && this.supply.hasReady;
    const hasRoom = active !== null && !isLeft && this.position + sizeBytes <= active.roomBytes;
    if (active !== null && (this.hasRemnant || hasRoom)) return active;
    const segments = await this.supply.next(sizeBytes);
    this.segments.push(...segments);
    const next = segments.at(-1)!;
    this.active = next;
    this.position = 0;
    this.frameCount = 0;
    this.closeIdle(next);
    return next;
  }

  /** The pieces of a frame; those of a small one are together in a buffer that the next one uses again. */
  private async encode(
    changes: readonly LogChange[],
    frame: { segment: Segment; number: number; payloadBytes: number; isPrepared: boolean; pacer: Pacer },
  ): Promise<Uint8Array[]> {
    const { segment, number, payloadBytes, isPrepared, pacer } = frame;
    const sizeBytes = frameSizeBytes(payloadBytes);
    const rowsEnd = FRAME_HEAD_BYTES + changes.length * ROW_BYTES;
    const isSmall = sizeBytes <= SCRATCH_BYTES;
    const bytes = isSmall ? this.scratch.subarray(0, sizeBytes) : Buffer.allocUnsafe(rowsEnd);
    for (const [index, { key, value }] of changes.entries()) {
      writeRow(bytes, FRAME_HEAD_BYTES + index * ROW_BYTES, { key, valueBytes: value?.length ?? null });
      const spent = isSmall ? null : pacer.spendItem(0);
      if (spent !== null) await spent;
    }
    const values = changes.flatMap(({ value }) => (value === null ? [] : [value]));
    const rowsCrc = crc32(bytes.subarray(FRAME_HEAD_BYTES, rowsEnd), segment.seed);
    let payloadCrc = rowsCrc;
    if (isSmall) {
      let at = rowsEnd;
      for (const value of values) {
        bytes.set(value, at);
        at += value.length;
      }
      bytes.fill(0, at);
      payloadCrc = crc32(bytes.subarray(rowsEnd, at), rowsCrc);
    } else {
      for (const value of values) {
        payloadCrc = crc32(value, payloadCrc);
        const spent = pacer.spend(value.length);
        if (spent !== null) await spent;
      }
    }
    const rowCount = changes.length;
    const head = { number, previous: this.lastCounted, rowCount, payloadBytes, rowsCrc, payloadCrc, isPrepared };
    writeFrameHead(bytes, head, segment.seed);
    if (isSmall) return [bytes];
    const padding = PADDING.subarray(
      0,
      alignedFrame(FRAME_HEAD_BYTES + payloadBytes) - FRAME_HEAD_BYTES - payloadBytes,
    );
    return padding.length === 0 ? [bytes, ...values] : [bytes, ...values, padding];
  }

  /** Lets go of records that count for nothing, whatever a crash brings back; so nothing is written. */
  forget(keys: readonly LogKey[]): void {
    this.index.apply(keys.map((key) => ({ key, place: null })));
    this.reclaim();
  }

  /** Gives segments back of which nothing counts, from the oldest on: what a later one deletes may stand in an earlier one. */
  private reclaim(): void {
    if (this.isReclaiming) return;
    this.isReclaiming = true;
    this.reclaiming = this.reclaimNow();
  }

  /** Never rejects. */
  private async reclaimNow(): Promise<void> {
    try {
      for (let oldest = this.segments[0]; oldest !== undefined && this.isFree(oldest); oldest = this.segments[0]) {
        await this.supply.giveBack(oldest);
        this.segments.shift();
      }
      this.isReclaiming = false;
    } catch (error) {
      // What was not even tried is tried with the next one. Otherwise it stays where it is, and so do those behind it, until the
      // store is opened anew: only room is lost.
      this.isReclaiming = !isOutOfFiles(error);
    }
  }

  private isFree(segment: Segment): boolean {
    if (segment === this.active || this.index.countIn(segment.number) > 0) return false;
    // Whoever reads may do so until it is done.
    return [...this.cursors].every(({ since }) => since === this.index.removals);
  }

  /** The keys of a range; no more than `limit`. */
  keys({ from, end }: { readonly from: Uint8Array; readonly end: Uint8Array }, limit: number): Uint8Array[] {
    const { view } = this.index;
    const [first, last] = [view.positionOf(toLogBound(from)), view.positionOf(toLogBound(end))];
    const count = Math.max(0, Math.min(limit, last - first));
    return Array.from({ length: count }, (_, index) => fromLogKey(view.keyAt(first + index)));
  }

  /** What stands in a range at the moment of the call. Close it. */
  cursor(
    { from, end }: { readonly from: Uint8Array; readonly end: Uint8Array },
    options: { readonly isReverse: boolean; readonly keysMax: number },
  ): { next(): Promise<readonly Stored[]>; close(): Promise<void> } {
    const { view } = this.index;
    const pin = { since: this.index.removals };
    this.cursors.add(pin);
    return new JournalCursor({
      ...options,
      view,
      from: view.positionOf(toLogBound(from)),
      end: view.positionOf(toLogBound(end)),
      segmentOf: (number) => this.segmentOf(number),
      closed: () => {
        if (this.cursors.delete(pin)) this.reclaim();
      },
    });
  }

  private segmentOf(number: number): Segment {
    const found = this.segments.find((segment) => segment.number === number);
    assert(found !== undefined, "a segment is there as long as somebody may read it");
    this.closeIdle(found);
    return found;
  }

  /** A process may have only so many files open, and a log may be long. */
  private closeIdle(needed: Segment): void {
    const idle = this.segments.filter((segment) => segment.isIdle && segment !== this.active && segment !== needed);
    const count = Math.max(0, idle.length - STORAGE_LIMITS.openSegmentsMax);
    for (const segment of idle.slice(0, count)) void segment.close();
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.reclaiming;
    await this.supply.stop();
    for (const segment of this.segments.splice(0)) await segment.close();
    this.index = new LogIndex();
    this.active = null;
    this.position = 0;
    this.frameCount = 0;
    this.lastNumber = 0;
    this.lastCounted = 0;
    this.prepared = null;
    this.hasRemnant = false;
    this.hasLeftovers = false;
    this.isBroken = false;
    this.isReclaiming = false;
    this.gapCount = 0;
    this.isTorn = false;
  }
}

function editsOf(changes: readonly LogChange[], segment: number, at: number): IndexEdit[] {
  let offset = at + FRAME_HEAD_BYTES + changes.length * ROW_BYTES;
  return changes.map(({ key, value }) => {
    if (value === null) return { key, place: null };
    const place = { segment, offset, sizeBytes: value.length };
    offset += value.length;
    return { key, place };
  });
}

/** How many segments there are up to the one that is written to. */
function countUpTo(segments: readonly Segment[], active: Segment | null): number {
  return active === null ? 0 : segments.indexOf(active) + 1;
}

function compare(one: JournalEntry, other: JournalEntry): number {
  return one.name < other.name ? -1 : 1;
}
