import { chainHash, type ChainHash, type LogEntry, type LogPosition, type Zxid } from "@coterie/interface";
import { ByteReader, MalformedBytes } from "./byte-reader.ts";
import { ByteWriter, varintSize } from "./byte-writer.ts";
import { logKey, parseLogKey } from "./keys.ts";
import { isSealed, seal, SEAL_BYTES } from "./seal.ts";

const VERSION = 1;
const HEAD_BYTES = 1 + 12 + 12 + 8 + 8 + 4;

/** One stored value of the log: what a batch appended, or a part of that. */
export interface LogRecord {
  /** The position that the first entry leads on from. */
  readonly before: LogPosition;
  /** The position of the last entry. */
  readonly end: LogPosition;
  /** What was known to be committed when it was written. */
  readonly committed: Zxid;
  /** The number of the state record that stood when it was written. */
  readonly stateNumber: number;
  readonly entries: readonly LogEntry[];
}

export interface Stored {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** `entries` lead on from `before`; at least one. */
export function encodeLogRecord(
  generation: number,
  before: LogPosition,
  entries: readonly LogEntry[],
  committed: Zxid,
  stateNumber: number,
): Stored {
  const end = entries.at(-1)!;
  const writer = new ByteWriter(HEAD_BYTES + entriesSize(before, entries) + SEAL_BYTES);
  writer.u8(VERSION);
  writer.u53(before.zxid);
  writer.i32(before.chainHash);
  writer.u53(end.zxid);
  writer.i32(end.chainHash);
  writer.u53(committed);
  writer.u53(stateNumber);
  writer.u32(entries.length);
  let previous = before.zxid;
  for (const { zxid, tag, bytes } of entries) {
    writer.u8(tag);
    writer.varint(zxid - previous);
    writer.varint(bytes.length);
    writer.raw(bytes);
    previous = zxid;
  }
  const key = logKey(generation, end);
  return { key, value: seal(key, writer.bytes) };
}

function entriesSize(before: LogPosition, entries: readonly LogEntry[]): number {
  let sizeBytes = 0;
  let previous = before.zxid;
  for (const { zxid, bytes } of entries) {
    sizeBytes += 1 + varintSize(zxid - previous) + varintSize(bytes.length) + bytes.length;
    previous = zxid;
  }
  return sizeBytes;
}

/** Null unless checksum, range and hash chain are right. The entries are views of `value`. */
export function decodeLogRecord(key: Uint8Array, value: Uint8Array): LogRecord | null {
  const named = parseLogKey(key);
  if (named === null || value.length < HEAD_BYTES + SEAL_BYTES || !isSealed(key, value)) return null;
  try {
    return readRecord(named.end, value.subarray(0, value.length - SEAL_BYTES));
  } catch (error) {
    if (error instanceof MalformedBytes) return null;
    throw error;
  }
}

function readRecord(named: LogPosition, value: Uint8Array): LogRecord | null {
  const reader = new ByteReader(value);
  if (reader.u8() !== VERSION) return null;
  const before = readPosition(reader);
  const end = readPosition(reader);
  const committed = reader.u53() as Zxid;
  const stateNumber = reader.u53();
  const count = reader.u32();
  if (count === 0 || end.zxid !== named.zxid || end.chainHash !== named.chainHash) return null;
  const entries = readEntries(reader, before, count);
  const last = entries?.at(-1);
  if (entries === null || last === undefined || !reader.isAtEnd) return null;
  if (last.zxid !== end.zxid || last.chainHash !== end.chainHash) return null;
  return { before, end, committed, stateNumber, entries };
}

function readEntries(reader: ByteReader, before: LogPosition, count: number): LogEntry[] | null {
  const entries: LogEntry[] = [];
  let { zxid, chainHash: hash } = before;
  for (let index = 0; index < count; index++) {
    const tag = reader.u8();
    const step = reader.varint();
    const bytes = reader.raw(reader.varint());
    zxid = (zxid + step) as Zxid;
    if (step === 0 || !Number.isSafeInteger(zxid)) return null;
    hash = chainHash(hash, zxid, tag, bytes);
    entries.push({ zxid, chainHash: hash, tag, bytes });
  }
  return entries;
}

export function readPosition(reader: ByteReader): LogPosition {
  return { zxid: reader.u53() as Zxid, chainHash: reader.i32() as ChainHash };
}

export function writePosition(writer: ByteWriter, { zxid, chainHash: hash }: LogPosition): void {
  writer.u53(zxid);
  writer.i32(hash);
}
