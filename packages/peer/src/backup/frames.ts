import { chainHash, CoterieError, isZxid, LOG_LIMITS, type LogEntry, type LogPosition } from "@coterie/interface";
import { crc32 } from "node:zlib";
import { damaged } from "./damaged.ts";

/** How a backup begins, whatever its version. */
const MAGIC: Buffer = Buffer.from("COTERIE-BACKUP");
const VERSION = 1;
export const PREAMBLE_SIZE_BYTES: number = MAGIC.length + 2;

export const FRAME: Readonly<Record<"header" | "page" | "entries" | "trailer", number>> = Object.freeze({
  header: 1,
  page: 2,
  entries: 3,
  trailer: 4,
});

/** Length and kind. */
export const FRAME_FRONT_SIZE_BYTES = 5;
export const FRAME_CRC_SIZE_BYTES = 4;
/** No page is larger, nor what is written of entries at once. A longer one is refused before memory for it is taken. */
const FRAME_BODY_SIZE_MAX_BYTES: number = LOG_LIMITS.pageSizeMaxBytes + 2 ** 20;

/** A header, or a trailer. */
const FRAME_TEXT_SIZE_MAX_BYTES = 4096;

/** Zxid, chain hash, tag, length. */
const ENTRY_FRONT_SIZE_BYTES = 17;

export function encodePreamble(): Buffer {
  const bytes = Buffer.alloc(PREAMBLE_SIZE_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(VERSION, MAGIC.length);
  return bytes;
}

/** @throws CoterieError CHECKPOINT_CORRUPT for what is no backup, STORE_FORMAT_UNKNOWN for one of another version. */
export function checkPreamble(bytes: Buffer): void {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged("it does not begin as one");
  const version = bytes.readUInt16LE(MAGIC.length);
  if (version === VERSION) return;
  const advice = "restore it with the version of Coterie that made it, or a later one";
  throw new CoterieError("STORE_FORMAT_UNKNOWN", `the backup has the format ${version}, this is ${VERSION}: ${advice}`);
}

export function encodeFrame(kind: number, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_FRONT_SIZE_BYTES + body.length + FRAME_CRC_SIZE_BYTES);
  bytes.writeUInt32LE(body.length, 0);
  bytes.writeUInt8(kind, 4);
  bytes.set(body, FRAME_FRONT_SIZE_BYTES);
  const end = bytes.length - FRAME_CRC_SIZE_BYTES;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return bytes;
}

/** What the body of a frame of this kind may be long. */
export function bodySizeMaxBytes(kind: number): number {
  return kind === FRAME.header || kind === FRAME.trailer ? FRAME_TEXT_SIZE_MAX_BYTES : FRAME_BODY_SIZE_MAX_BYTES;
}

/** The body of a frame that is whole: a view. @throws CoterieError CHECKPOINT_CORRUPT */
export function bodyOf(frame: Buffer): Buffer {
  const end = frame.length - FRAME_CRC_SIZE_BYTES;
  if (frame.readUInt32LE(end) !== crc32(frame.subarray(0, end))) throw damaged("a part of it is not what was written");
  return frame.subarray(FRAME_FRONT_SIZE_BYTES, end);
}

export function encodeEntries(entries: readonly LogEntry[]): Buffer {
  const sizeBytes = entries.reduce((sum, { bytes }) => sum + ENTRY_FRONT_SIZE_BYTES + bytes.length, 0);
  const body = Buffer.allocUnsafe(sizeBytes);
  let at = 0;
  for (const { zxid, chainHash: hash, tag, bytes } of entries) {
    body.writeUInt32LE(zxid % 2 ** 32, at);
    body.writeUInt32LE(Math.floor(zxid / 2 ** 32), at + 4);
    body.writeInt32LE(hash, at + 8);
    body.writeUInt8(tag, at + 12);
    body.writeUInt32LE(bytes.length, at + 13);
    body.set(bytes, at + ENTRY_FRONT_SIZE_BYTES);
    at += ENTRY_FRONT_SIZE_BYTES + bytes.length;
  }
  return body;
}

/** Entries that lead on from `after`, checked by the chain. @throws CoterieError CHECKPOINT_CORRUPT */
export function decodeEntries(body: Buffer, after: LogPosition): LogEntry[] {
  const entries: LogEntry[] = [];
  let previous = after;
  for (let at = 0; at < body.length;) {
    if (at + ENTRY_FRONT_SIZE_BYTES > body.length) throw damaged("an entry of the log is cut short");
    const zxid = body.readUInt32LE(at) + body.readUInt32LE(at + 4) * 2 ** 32;
    const stored = body.readInt32LE(at + 8);
    const tag = body.readUInt8(at + 12);
    const from = at + ENTRY_FRONT_SIZE_BYTES;
    at = from + body.readUInt32LE(at + 13);
    if (at > body.length) throw damaged("an entry of the log is cut short");
    if (at - from > LOG_LIMITS.entrySizeMaxBytes) throw damaged("an entry of the log is longer than any");
    if (entries.length === LOG_LIMITS.batchEntriesMax)
      throw damaged("it holds more entries in one part than are written");
    if (!isZxid(zxid) || zxid <= previous.zxid) throw damaged("entries of the log are not in order");
    const bytes = body.subarray(from, at);
    const hash = chainHash(previous.chainHash, zxid, tag, bytes);
    if (hash !== stored) throw damaged(`the log does not lead on to zxid ${zxid}`);
    const entry: LogEntry = { zxid, chainHash: hash, tag, bytes };
    entries.push(entry);
    previous = entry;
  }
  return entries;
}
