import { crc32 } from "node:zlib";
import { STORAGE_LIMITS } from "../limits.ts";
import {
  alignedFrame,
  FRAME_ALIGN_BYTES,
  FRAME_HEAD_BYTES,
  FRAME_MAGIC,
  type FrameHead,
  frameSizeBytes,
  readFrameHead,
  readRow,
  ROW_BYTES,
} from "./frame.ts";
import type { IndexEdit } from "./log-index.ts";
import type { Segment } from "./segment.ts";

/** A frame whose head and rows check out. */
export interface FoundFrame {
  readonly head: FrameHead;
  readonly edits: readonly IndexEdit[];
  readonly start: number;
  /** Where the next one begins. */
  readonly end: number;
}

/** Whole rows, so that none lies across two pieces. */
const PIECE_BYTES = STORAGE_LIMITS.pieceSizeMaxBytes - (STORAGE_LIMITS.pieceSizeMaxBytes % ROW_BYTES);
/** So much is read at a time: little, since values are stepped over, which whoever reads them checks. */
const WINDOW_BYTES = 2 ** 16;
const NOTHING = Buffer.alloc(0);

/** Reads the frames of one segment in order, piece by piece; each piece is a turn of the event loop. */
export class FrameReader {
  private readonly segment: Segment;
  private room: Buffer = NOTHING;
  private window: Buffer = NOTHING;
  private windowAt = 0;
  private at = 0;

  constructor(segment: Segment) {
    this.segment = segment;
  }

  /** The next sound frame with a number above `above`, over whatever lies before it; null if there is none. */
  async next(above: number): Promise<FoundFrame | null> {
    const found = (await this.frameAt(this.at, above)) ?? (await this.findFrame(this.at + FRAME_ALIGN_BYTES, above));
    if (found !== null) this.at = found.end;
    return found;
  }

  private async frameAt(at: number, above: number): Promise<FoundFrame | null> {
    const payloadAt = at + FRAME_HEAD_BYTES;
    if (!(await this.hold(at, FRAME_HEAD_BYTES))) return null;
    const head = readFrameHead(this.window, at - this.windowAt, this.segment.seed, above);
    if (head === null) return null;
    const edits = await this.readRows(payloadAt, head);
    return edits === null ? null : { head, edits, start: at, end: at + frameSizeBytes(head.payloadBytes) };
  }

  /** Null unless checksum and lengths are right. */
  private async readRows(at: number, { rowCount, payloadBytes, rowsCrc }: FrameHead): Promise<IndexEdit[] | null> {
    const edits: IndexEdit[] = [];
    const rowsBytes = rowCount * ROW_BYTES;
    let crc = this.segment.seed;
    let offset = at + rowsBytes;
    for (let done = 0; done < rowsBytes;) {
      const length = Math.min(PIECE_BYTES, rowsBytes - done);
      if (!(await this.hold(at + done, length))) return null;
      const from = at + done - this.windowAt;
      crc = crc32(this.window.subarray(from, from + length), crc);
      for (let row = from; row < from + length; row += ROW_BYTES) {
        const found = readRow(this.window, row);
        if (found === null) return null;
        const { key, valueBytes } = found;
        const place = valueBytes === null ? null : { segment: this.segment.number, offset, sizeBytes: valueBytes };
        edits.push({ key, place });
        offset += valueBytes ?? 0;
      }
      done += length;
    }
    return crc === rowsCrc && offset === at + payloadBytes ? edits : null;
  }

  /** Whether the values of a frame are there, too. */
  async isWhole({ head, start }: FoundFrame): Promise<boolean> {
    const valuesAt = start + FRAME_HEAD_BYTES + head.rowCount * ROW_BYTES;
    const valuesEnd = start + FRAME_HEAD_BYTES + head.payloadBytes;
    let crc = head.rowsCrc;
    for (let at = valuesAt; at < valuesEnd;) {
      const length = Math.min(PIECE_BYTES, valuesEnd - at);
      if (!(await this.hold(at, length))) return false;
      crc = crc32(this.window.subarray(at - this.windowAt, at - this.windowAt + length), crc);
      at += length;
    }
    return crc === head.payloadCrc;
  }

  /** Behind damage: the first place at which a frame begins. */
  private async findFrame(behind: number, above: number): Promise<FoundFrame | null> {
    for (let at = behind; at + FRAME_HEAD_BYTES <= this.segment.sizeBytes;) {
      if (!(await this.hold(at, FRAME_HEAD_BYTES))) return null;
      const index = this.window.indexOf(FRAME_MAGIC, at - this.windowAt);
      if (index === -1) {
        // A beginning that lies across the end of the window is looked at once more.
        const rest = this.windowAt + this.window.length - FRAME_ALIGN_BYTES;
        at = Math.max(at + FRAME_ALIGN_BYTES, alignedFrame(rest));
        continue;
      }
      const candidate = this.windowAt + index;
      const isAligned = candidate % FRAME_ALIGN_BYTES === 0;
      const found = isAligned ? await this.frameAt(candidate, above) : null;
      if (found !== null) return found;
      at = alignedFrame(candidate + 1);
    }
    return null;
  }

  /** Has these bytes in the window; false if the file ends before. */
  private async hold(at: number, sizeBytes: number): Promise<boolean> {
    const isHeld = at >= this.windowAt && at + sizeBytes <= this.windowAt + this.window.length;
    if (isHeld) return true;
    if (at + sizeBytes > this.segment.sizeBytes) return false;
    const roomBytes = Math.min(Math.max(WINDOW_BYTES, sizeBytes), this.segment.sizeBytes - at);
    if (this.room.length < roomBytes) this.room = Buffer.allocUnsafe(roomBytes);
    const room = this.room.subarray(0, roomBytes);
    this.window = room.subarray(0, await this.segment.read(room, at));
    this.windowAt = at;
    return this.window.length >= sizeBytes;
  }
}
