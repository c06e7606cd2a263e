import { crc32 } from "node:zlib";
import { STORAGE_LIMITS } from "../limits.ts";
import type { LogKey } from "./log-key.ts";

/** How a frame begins, so that the next one can be found behind damage. */
export const FRAME_MAGIC: Buffer = Buffer.from("CJF1", "latin1");
export const FRAME_HEAD_BYTES = 48;
export const ROW_BYTES = 24;
/** Frames begin at multiples of it. */
export const FRAME_ALIGN_BYTES = 8;

const WORD_SPAN = 2 ** 32;
const PREPARED = 1;
const PUT = 1;
const DELETE = 2;

/** The fixed part of a frame; behind it stand a row for each change, then the values. */
export interface FrameHead {
  /** Ascends over all segments. */
  readonly number: number;
  /** The last frame before it that counts, so that it is known whether one is missing. */
  readonly previous: number;
  readonly rowCount: number;
  /** Rows and values. */
  readonly payloadBytes: number;
  readonly rowsCrc: number;
  readonly payloadCrc: number;
  /** It counts only once the database has taken the batch that it belongs to. */
  readonly isPrepared: boolean;
}

/** What a frame does to one key. */
export interface FrameRow {
  readonly key: LogKey;
  /** Null if it is deleted. */
  readonly valueBytes: number | null;
}

/** All checksums of a segment begin with this: what another file holds, or this one held under another name, never counts. */
export function frameSeed(segmentName: string): number {
  return crc32(segmentName);
}

/** What a frame takes in its segment. */
export function frameSizeBytes(payloadBytes: number): number {
  return alignedFrame(FRAME_HEAD_BYTES + payloadBytes);
}

export function alignedFrame(at: number): number {
  return Math.ceil(at / FRAME_ALIGN_BYTES) * FRAME_ALIGN_BYTES;
}

export function writeRow(into: Buffer, at: number, { key, valueBytes }: FrameRow): void {
  into.writeUInt32LE(key.generation, at);
  writeU53(into, at + 4, key.zxid);
  into.writeUInt32LE(key.hash, at + 12);
  into.writeUInt32LE(valueBytes ?? 0, at + 16);
  into.writeUInt32LE(valueBytes === null ? DELETE : PUT, at + 20);
}

/** Null if it is none. */
export function readRow(from: Buffer, at: number): FrameRow | null {
  const kind = from.readUInt32LE(at + 20);
  const zxid = readU53(from, at + 4);
  if ((kind !== PUT && kind !== DELETE) || !Number.isSafeInteger(zxid)) return null;
  const key = { generation: from.readUInt32LE(at), zxid, hash: from.readUInt32LE(at + 12) };
  return { key, valueBytes: kind === PUT ? from.readUInt32LE(at + 16) : null };
}

export function writeFrameHead(into: Buffer, head: FrameHead, seed: number): void {
  into.set(FRAME_MAGIC, 0);
  writeU53(into, 8, head.number);
  writeU53(into, 16, head.previous);
  into.writeUInt32LE(head.payloadBytes, 24);
  into.writeUInt32LE(head.rowCount, 28);
  into.writeUInt32LE(head.rowsCrc, 32);
  into.writeUInt32LE(head.payloadCrc, 36);
  into.writeUInt32LE(head.isPrepared ? PREPARED : 0, 40);
  into.writeUInt32LE(0, 44);
  into.writeUInt32LE(crc32(into.subarray(8, FRAME_HEAD_BYTES), seed), 4);
}

/** Null unless a frame with a number above `above` begins there. */
export function readFrameHead(from: Buffer, at: number, seed: number, above: number): FrameHead | null {
  if (from.readUInt32LE(at) !== FRAME_MAGIC.readUInt32LE(0)) return null;
  const number = readU53(from, at + 8);
  // Cheaper than a checksum, and true of all that a segment holds from the time before it was used again.
  if (number <= above) return null;
  if (from.readUInt32LE(at + 4) !== crc32(from.subarray(at + 8, at + FRAME_HEAD_BYTES), seed)) return null;
  const [payloadBytes, rowCount] = [from.readUInt32LE(at + 24), from.readUInt32LE(at + 28)];
  if (payloadBytes > STORAGE_LIMITS.frameSizeMaxBytes || rowCount * ROW_BYTES > payloadBytes) return null;
  return {
    number,
    previous: readU53(from, at + 16),
    rowCount,
    payloadBytes,
    rowsCrc: from.readUInt32LE(at + 32),
    payloadCrc: from.readUInt32LE(at + 36),
    isPrepared: (from.readUInt32LE(at + 40) & PREPARED) !== 0,
  };
}

function writeU53(into: Buffer, at: number, value: number): void {
  into.writeUInt32LE(value % WORD_SPAN, at);
  into.writeUInt32LE(Math.floor(value / WORD_SPAN), at + 4);
}

function readU53(from: Buffer, at: number): number {
  return from.readUInt32LE(at + 4) * WORD_SPAN + from.readUInt32LE(at);
}
