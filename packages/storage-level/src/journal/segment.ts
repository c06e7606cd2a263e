import { assert } from "@coterie/interface";
import { join } from "node:path";
import { frameSeed } from "./frame.ts";
import type { JournalFile, JournalFiles } from "./journal-files.ts";

const REWRITE_BYTES = 2 ** 20;

/** No segment has a higher number. */
export const SEGMENT_NUMBER_MAX = 0xff_ff_ff_ff;

/**
 * The name of a segment: its number, so that segments sort as they were written, and chance, so that no two ever have the same
 * name and none takes frames of another one for its own.
 */
export function segmentName(number: number, salt: number): string {
  assert(number >= 1 && number <= SEGMENT_NUMBER_MAX, "a journal has fewer segments than there are numbers");
  return `${hex(number)}-${hex(salt)}.segment`;
}

/** Null if it is none. */
export function parseSegmentName(name: string): number | null {
  const found = /^([0-9a-f]{8})-[0-9a-f]{8}\.segment$/.exec(name);
  return found === null ? null : Number.parseInt(found[1]!, 16);
}

/** A file that is to become a segment. */
export function spareName(salt: number): string {
  return `${hex(salt)}.spare`;
}

export function isSpareName(name: string): boolean {
  return /^[0-9a-f]{8}\.spare$/.test(name);
}

function hex(number: number): string {
  return number.toString(16).padStart(8, "0");
}

/** What a segment is when it is opened, or made. */
export interface SegmentOptions {
  readonly name: string;
  /** No other one of its journal has the same. */
  readonly number: number;
  /** What is there already. */
  readonly sizeBytes: number;
  readonly roomBytes: number;
}

/** A file of frames. */
export class Segment {
  /** In the order in which they were written; mostly what its name says. */
  readonly number: number;
  readonly path: string;
  /** See `frameSeed`. */
  readonly seed: number;
  /** What was there when it was opened. */
  readonly sizeBytes: number;
  /** No frame of those to come ends behind it. */
  readonly roomBytes: number;
  /** Not made ahead: each frame makes the file longer, which takes the disk as long as the frame itself. */
  readonly isGrowing: boolean;
  private readonly files: JournalFiles;
  private opening: Promise<JournalFile> | null = null;
  private readings = 0;

  constructor(files: JournalFiles, directory: string, { name, number, sizeBytes, roomBytes }: SegmentOptions) {
    this.files = files;
    this.number = number;
    this.path = join(directory, name);
    this.seed = frameSeed(name);
    this.sizeBytes = sizeBytes;
    this.roomBytes = roomBytes;
    this.isGrowing = sizeBytes < roomBytes;
  }

  /** Makes the file, which is empty. */
  async create(): Promise<void> {
    this.opening = this.files.open(this.path, "new");
    await this.opening;
  }

  async open(): Promise<JournalFile> {
    if (this.opening !== null) return this.opening;
    const opening = this.files.open(this.path, "existing").catch((error: unknown) => {
      // Whoever comes next asks again: a process that may open no more files may do so later.
      if (this.opening === opening) this.opening = null;
      throw error;
    });
    this.opening = opening;
    return opening;
  }

  /** As `JournalFile.read`; the file is opened for it if it is not open. */
  async read(into: Uint8Array, at: number): Promise<number> {
    this.readings++;
    try {
      return await (await this.open()).read(into, at);
    } finally {
      this.readings--;
    }
  }

  /**
   * Makes durable what stands from `start` to `end`, by writing it again: of a write that has failed, the system may keep the bytes in
   * its memory and pass them for written, so that a sync would find nothing to do.
   */
  async rewrite(start: number, end: number): Promise<void> {
    const file = await this.open();
    const bytes = Buffer.allocUnsafe(Math.min(REWRITE_BYTES, end - start));
    for (let at = start; at < end; at += bytes.length) {
      const piece = bytes.subarray(0, end - at);
      assert((await file.read(piece, at)) === piece.length, "a frame that was read is there");
      await file.write([piece], at);
    }
  }

  /** Open, and nobody is reading. */
  get isIdle(): boolean {
    return this.opening !== null && this.readings === 0;
  }

  /** Never rejects. */
  async close(): Promise<void> {
    const { opening } = this;
    this.opening = null;
    await opening?.then(async (file) => file.close()).catch(() => undefined);
  }
}
