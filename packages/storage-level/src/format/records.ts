import type { HardState, LogPosition, Zxid } from "@coterie/interface";
import { ByteReader, MalformedBytes } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { hardStateSize, readHardState, writeHardState } from "./hard-state.ts";
import { KEYS, pageKey } from "./keys.ts";
import { readPosition, type Stored, writePosition } from "./log-record.ts";
import { isSealed, seal, SEAL_BYTES } from "./seal.ts";

const VERSION = 1;
const POSITION_BYTES = 12;

/** What a batch leaves behind when it does more than append. It is numbered, and everything else refers to its number. */
export interface StateRecord {
  /** Counts state records; the first one has 1. */
  readonly number: number;
  /** The state record that came with the checkpoint that stands; 0 if none does. */
  readonly checkpointNumber: number;
  /** Log records of any other generation are garbage. */
  readonly logGeneration: number;
  /** Where the log ended. */
  readonly last: LogPosition;
  readonly committed: Zxid;
  readonly hardState: HardState;
}

export function encodeState(state: StateRecord): Stored {
  return encode(KEYS.state, 8 + 8 + 4 + POSITION_BYTES + 8 + hardStateSize(state.hardState), (writer) => {
    writer.u53(state.number);
    writer.u53(state.checkpointNumber);
    writer.u32(state.logGeneration);
    writePosition(writer, state.last);
    writer.u53(state.committed);
    writeHardState(writer, state.hardState);
  });
}

/** Null, as in all that follow, if it is missing or damaged. */
export function decodeState(value: Uint8Array | undefined): StateRecord | null {
  return decode(KEYS.state, value, (reader) => ({
    number: reader.u53(),
    checkpointNumber: reader.u53(),
    logGeneration: reader.u32(),
    last: readPosition(reader),
    committed: reader.u53() as Zxid,
    hardState: readHardState(reader),
  }));
}

/** Where the log begins: what ends at or below it is garbage. */
export interface BaseRecord {
  readonly logGeneration: number;
  readonly base: LogPosition;
}

export function encodeBase({ logGeneration, base }: BaseRecord): Stored {
  return encode(KEYS.base, 4 + POSITION_BYTES, (writer) => {
    writer.u32(logGeneration);
    writePosition(writer, base);
  });
}

export function decodeBase(value: Uint8Array | undefined): BaseRecord | null {
  return decode(KEYS.base, value, (reader) => ({ logGeneration: reader.u32(), base: readPosition(reader) }));
}

/** The pages of one draft that was marked. */
export interface Segment {
  readonly generation: number;
  readonly pageCount: number;
  readonly sizeBytes: number;
}

/** The marker of a checkpoint: pages that no marker names are garbage. */
export interface CheckpointRecord {
  /** Of the state record that came with it. */
  readonly stateNumber: number;
  readonly position: LogPosition;
  readonly digest: string;
  /** The pages of a full checkpoint, then those of each delta. */
  readonly segments: readonly Segment[];
}

export function encodeCheckpoint(checkpoint: CheckpointRecord): Stored {
  const { stateNumber, position, digest, segments } = checkpoint;
  return encode(KEYS.checkpoint, 8 + POSITION_BYTES + 1 + digest.length + 4 + 16 * segments.length, (writer) => {
    writer.u53(stateNumber);
    writePosition(writer, position);
    writer.ascii(digest);
    writer.u32(segments.length);
    for (const { generation, pageCount, sizeBytes } of segments) {
      writer.u32(generation);
      writer.u32(pageCount);
      writer.u53(sizeBytes);
    }
  });
}

export function decodeCheckpoint(value: Uint8Array | undefined): CheckpointRecord | null {
  return decode(KEYS.checkpoint, value, (reader) => {
    const stateNumber = reader.u53();
    const position = readPosition(reader);
    const digest = reader.ascii();
    const segments: Segment[] = [];
    for (let rest = reader.u32(); rest > 0; rest--) {
      segments.push({ generation: reader.u32(), pageCount: reader.u32(), sizeBytes: reader.u53() });
    }
    return { stateNumber, position, digest, segments };
  });
}

export function encodeNotes(notes: Uint8Array): Stored {
  return encode(KEYS.notes, notes.length, (writer) => writer.raw(notes));
}

export function decodeNotes(value: Uint8Array | undefined): Uint8Array | null {
  return decode(KEYS.notes, value, (reader) => reader.raw(value!.length - 1 - SEAL_BYTES));
}

/** The last frame of the journal that came about together with a batch of the database. */
export function encodeJournalMark(frameNumber: number): Stored {
  return encode(KEYS.journal, 8, (writer) => writer.u53(frameNumber));
}

export function decodeJournalMark(value: Uint8Array): number | null {
  return decode(KEYS.journal, value, (reader) => reader.u53());
}

export function encodePage(generation: number, index: number, page: Uint8Array): Stored {
  return encode(pageKey(generation, index), page.length, (writer) => writer.raw(page));
}

export function decodePage(key: Uint8Array, value: Uint8Array): Uint8Array | null {
  return decode(key, value, (reader) => reader.raw(value.length - 1 - SEAL_BYTES));
}

function encode(key: Uint8Array, sizeBytes: number, write: (writer: ByteWriter) => void): Stored {
  const writer = new ByteWriter(1 + sizeBytes + SEAL_BYTES);
  writer.u8(VERSION);
  write(writer);
  return { key, value: seal(key, writer.bytes) };
}

function decode<Content>(
  key: Uint8Array,
  value: Uint8Array | undefined,
  read: (reader: ByteReader) => Content,
): Content | null {
  if (value === undefined || !isSealed(key, value)) return null;
  const reader = new ByteReader(value.subarray(0, value.length - SEAL_BYTES));
  try {
    if (reader.u8() !== VERSION) return null;
    const content = read(reader);
    return reader.isAtEnd ? content : null;
  } catch (error) {
    if (error instanceof MalformedBytes) return null;
    throw error;
  }
}
