import { crc32 } from "node:zlib";
import { ByteReader, MalformedBytes } from "../format/byte-reader.ts";
import { ByteWriter } from "../format/byte-writer.ts";
import { hardStateSize, readHardState, writeHardState } from "../format/hard-state.ts";
import { readPosition, writePosition } from "../format/log-record.ts";
import { LEVEL_STORE_FORMAT, STORE_FORMAT } from "../format/store-format.ts";
import type { SidecarContent, SidecarReading, SidecarState } from "./sidecar.ts";

/** A slot has blocks of its own on every disk, so that writing one cannot tear the other. */
export const SLOT_BYTES = 4096;
export const SLOT_COUNT = 2;

const MAGIC = "COTERIE-SIDECAR";
const HEAD_BYTES = MAGIC.length + 2 + 8 + 1;
const KINDS = ["creating", "recreating", "standing"] as const;

export interface Slot {
  /** Of two slots the one with the higher number is the newer one. */
  readonly number: number;
  readonly content: SidecarContent;
}

/** A whole slot; the checksum stands behind the content, zeros fill the rest. */
export function encodeSlot({ number, content }: Slot, format: number = LEVEL_STORE_FORMAT): Buffer {
  const sizeBytes = HEAD_BYTES + (content.kind === "creating" ? 0 : hardStateSize(content.state.hardState) + 12 + 8);
  const writer = new ByteWriter(sizeBytes);
  writer.raw(Buffer.from(MAGIC, "latin1"));
  writer.u16(format);
  writer.u53(number);
  writer.u8(KINDS.indexOf(content.kind));
  if (content.kind !== "creating") {
    writeHardState(writer, content.state.hardState);
    writePosition(writer, content.state.watermark);
    writer.u53(content.state.stateNumber);
  }
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt16LE(sizeBytes, 0);
  slot.set(writer.bytes, 2);
  slot.writeUInt32LE(crc32(slot.subarray(0, 2 + sizeBytes)), 2 + sizeBytes);
  return slot;
}

/** Null if it is damaged; a number if it is whole and has that format, which is not ours. */
export function decodeSlot(slot: Uint8Array): Slot | number | null {
  const bytes = Buffer.from(slot.buffer, slot.byteOffset, slot.length);
  if (bytes.length < 2 + HEAD_BYTES + 4) return null;
  const end = 2 + bytes.readUInt16LE(0);
  if (end < 2 + HEAD_BYTES || end + 4 > bytes.length) return null;
  if (bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end))) return null;
  if (bytes.toString("latin1", 2, 2 + MAGIC.length) !== MAGIC) return null;
  const reader = new ByteReader(bytes.subarray(2 + MAGIC.length, end));
  const format = reader.u16();
  if (format < LEVEL_STORE_FORMAT || format > STORE_FORMAT) return format;
  try {
    const number = reader.u53();
    return { number, content: readContent(reader) };
  } catch (error) {
    if (error instanceof MalformedBytes) return null;
    throw error;
  }
}

function readContent(reader: ByteReader): SidecarContent {
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw new MalformedBytes();
  if (kind === "creating") return { kind };
  const hardState = readHardState(reader);
  const watermark = readPosition(reader);
  const state: SidecarState = { hardState, watermark, stateNumber: reader.u53() };
  return { kind, state };
}

/** What a file of slots says, and which slot says it. */
export function readSlots(file: Uint8Array): { readonly reading: SidecarReading; readonly newest: Slot | null } {
  const slots: Slot[] = [];
  let unknown: number | null = null;
  for (let index = 0; index < SLOT_COUNT; index++) {
    const slot = decodeSlot(file.subarray(index * SLOT_BYTES, (index + 1) * SLOT_BYTES));
    if (typeof slot === "number") unknown = slot;
    else if (slot !== null) slots.push(slot);
  }
  // A version that writes another format has been here, whatever the other slot says.
  if (unknown !== null) return { reading: { kind: "unknown", format: unknown }, newest: null };
  const newest = slots.sort((one, other) => other.number - one.number)[0] ?? null;
  return { reading: newest?.content ?? { kind: "damaged" }, newest };
}
