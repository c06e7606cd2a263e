import { assert } from "@coterie/interface";
import { randomInt } from "node:crypto";
import { dirname, join } from "node:path";
import { STORAGE_LIMITS } from "../limits.ts";
import type { JournalEntry, JournalFiles } from "./journal-files.ts";
import { isSpareName, Segment, segmentName, spareName } from "./segment.ts";

interface SpareFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/** See `STORAGE_LIMITS`. */
export type SegmentSizes = Pick<typeof STORAGE_LIMITS, "segmentSizeBytes" | "growingSegmentSizeBytes">;

/**
 * A segment that is made ahead is filled in pieces of so many bytes: what the system keeps of one write together it looks through at
 * each sync later, and takes for written as a whole.
 */
const FILL_BYTES = 2 ** 16;
/** Synced so often, so that no write waits long behind it. */
const FILL_SYNC_BYTES = 2 ** 20;

/**
 * Gives a journal its segments: those that were made ahead, in the background, where a write need not change the size of the file;
 * or else one that grows. Whatever fails behind the journal's back is not tried again, and then segments grow.
 */
export class SegmentSupply {
  private readonly files: JournalFiles;
  private readonly directory: string;
  private readonly sizes: SegmentSizes;
  private spares: string[] = [];
  /** What a crash has left of segments that were being made. */
  private remains: string[] = [];
  /** Its name is gone, but not durably so. */
  private leaving: { readonly segment: Segment; readonly spare: string | null } | null = null;
  private ready: Segment[] = [];
  private numberMax = 0;
  private work: Promise<void> | null = null;
  private naming: Promise<void> | null = null;
  private hasFailed = false;
  private isStopped = false;
  private isDirectoryThere = false;
  /** A process that has ended may have named a segment that was found, and not synced the directory. */
  private hasSyncedNames = false;

  constructor(files: JournalFiles, directory: string, sizes: SegmentSizes) {
    this.files = files;
    this.directory = directory;
    this.sizes = sizes;
  }

  /** What was found: files, the highest number in use, and segments that hold nothing yet, in order. */
  start(entries: readonly JournalEntry[] | null, numberMax: number, ready: readonly Segment[]): void {
    const spares = (entries ?? []).filter(({ name, kind }) => kind === "file" && isSpareName(name));
    const isWhole = ({ sizeBytes }: JournalEntry): boolean => sizeBytes === this.sizes.segmentSizeBytes;
    this.spares = spares.filter(isWhole).map(({ name }) => name);
    this.remains = spares.filter((entry) => !isWhole(entry)).map(({ name }) => name);
    this.isDirectoryThere = entries !== null;
    this.numberMax = numberMax;
    this.ready = [...ready];
    this.leaving = null;
    this.hasFailed = false;
    this.isStopped = false;
    this.hasSyncedNames = false;
  }

  /** Sees to it that there will be a segment of that size, or a spare one, to go on with. */
  request(sizeBytes: number): void {
    if (this.ready.length === 0 && !this.hasFailed) this.work ??= this.prepare(sizeBytes);
  }

  get hasReady(): boolean {
    return this.ready.length > 0;
  }

  /** Never rejects. */
  private async prepare(sizeBytes: number): Promise<void> {
    try {
      const file = await this.fillNext(sizeBytes);
      if (file !== null && !this.isStopped) {
        this.naming = this.nameNext(file);
        await this.naming;
      }
    } catch {
      this.hasFailed = true;
    }
    this.work = null;
    this.naming = null;
  }

  /** Null if the journal is closed meanwhile. */
  private async fillNext(sizeBytes: number): Promise<SpareFile | null> {
    for (const name of this.remains.splice(0)) await this.files.remove(join(this.directory, name));
    const spare = this.spares.shift();
    if (spare !== undefined) return { name: spare, sizeBytes: this.sizes.segmentSizeBytes };
    const name = spareName(createSalt());
    const path = join(this.directory, name);
    try {
      const isWhole = await this.fill(path, sizeBytes);
      if (!isWhole) await this.files.remove(path);
      return isWhole ? { name, sizeBytes } : null;
    } catch (error) {
      // On a full disk others need the room.
      await this.files.remove(path).catch(() => undefined);
      throw error;
    }
  }

  private async fill(path: string, sizeBytes: number): Promise<boolean> {
    const zeros = Buffer.alloc(Math.min(FILL_BYTES, sizeBytes));
    const file = await this.files.open(path, "draft");
    try {
      for (let at = 0; at < sizeBytes; at += zeros.length) {
        if (this.isStopped) return false;
        await file.write([zeros.subarray(0, sizeBytes - at)], at);
        if ((at + zeros.length) % FILL_SYNC_BYTES === 0) await file.sync();
      }
      await file.sync();
      return true;
    } finally {
      await file.close();
    }
  }

  /** Its name is durable before it holds anything: a crash must not take it back. */
  private async nameNext(file: SpareFile): Promise<void> {
    const number = ++this.numberMax;
    const name = segmentName(number, createSalt());
    await this.files.rename(join(this.directory, file.name), join(this.directory, name));
    await this.syncNames();
    const { sizeBytes } = file;
    const segment = new Segment(this.files, this.directory, { name, number, sizeBytes, roomBytes: sizeBytes });
    await segment.open();
    this.ready.push(segment);
  }

  /**
   * What the journal goes on with: the last segment has room for a frame of that size, those before it stay empty, since segments are
   * used in the order of their numbers.
   */
  async next(frameSizeBytes: number): Promise<Segment[]> {
    const segments: Segment[] = [];
    try {
      await this.take(frameSizeBytes, segments);
      return segments;
    } catch (error) {
      for (const segment of segments) await segment.close();
      throw error;
    }
  }

  private async take(frameSizeBytes: number, segments: Segment[]): Promise<void> {
    this.hasFailed = false;
    if (!this.isDirectoryThere) await this.files.makeDirectory(this.directory);
    this.isDirectoryThere = true;
    for (;;) {
      await this.naming?.catch(() => undefined);
      const ready = this.ready.shift();
      if (ready !== undefined) segments.push(ready);
      if (ready !== undefined && !this.hasSyncedNames) await this.syncNames();
      if (ready !== undefined && frameSizeBytes <= ready.roomBytes) return;
      // Nobody takes a number between the look at what is ready and this one.
      if (ready === undefined && this.naming === null) {
        const segment = this.growing(frameSizeBytes);
        segments.push(segment);
        await segment.create();
        return this.syncNames();
      }
    }
  }

  private async syncNames(): Promise<void> {
    // Nor may it have synced the name of the directory itself.
    if (!this.hasSyncedNames) await this.files.syncDirectory(dirname(this.directory));
    await this.files.syncDirectory(this.directory);
    this.hasSyncedNames = true;
  }

  private growing(frameSizeBytes: number): Segment {
    const number = ++this.numberMax;
    const name = segmentName(number, createSalt());
    const roomBytes = Math.max(this.sizes.growingSegmentSizeBytes, frameSizeBytes);
    return new Segment(this.files, this.directory, { name, number, sizeBytes: 0, roomBytes });
  }

  /**
   * A segment of which nothing counts any more. Resolves when a crash cannot bring it back. May be called again for a segment if the
   * directory could not be opened.
   */
  async giveBack(segment: Segment): Promise<void> {
    if (this.leaving?.segment !== segment) this.leaving = { segment, spare: await this.takeName(segment) };
    await this.files.syncDirectory(this.directory);
    if (this.leaving.spare !== null) this.spares.push(this.leaving.spare);
    this.leaving = null;
  }

  /** The name under which it waits to be used again; null if it is removed. */
  private async takeName(segment: Segment): Promise<string | null> {
    await segment.close();
    const isSpare =
      segment.roomBytes === this.sizes.segmentSizeBytes && this.spares.length < STORAGE_LIMITS.spareSegmentsMax;
    const name = isSpare ? spareName(createSalt()) : null;
    if (name === null) await this.files.remove(segment.path);
    else await this.files.rename(segment.path, join(this.directory, name));
    return name;
  }

  /** Resolves when nothing is under way any more. Never rejects. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.work;
    for (const segment of this.ready.splice(0)) await segment.close();
  }

  /** What was there was taken away: the directory is made anew. */
  forgetDirectory(): void {
    assert(this.work === null, "nothing is made in a directory that is taken away");
    this.isDirectoryThere = false;
    this.spares = [];
    this.remains = [];
  }
}

function createSalt(): number {
  return randomInt(2 ** 32);
}
