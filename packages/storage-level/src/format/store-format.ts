import { ByteWriter } from "./byte-writer.ts";
import { KEYS } from "./keys.ts";
import type { Stored } from "./log-record.ts";
import { isSealed, seal, SEAL_BYTES } from "./seal.ts";

/** The newest format that this version of the package writes: of a store with a journal. It reads all up to this one. */
export const STORE_FORMAT = 2;

/** The format of a store whose log records are in its database; one with a journal makes the newest of it. */
export const LEVEL_STORE_FORMAT = 1;

/** The format of what is written with this journal, or without one. */
export function formatOf(journal: object | null): number {
  return journal === null ? LEVEL_STORE_FORMAT : STORE_FORMAT;
}

const MAGIC = "coterie-store";
const VALUE_BYTES = MAGIC.length + 2 + SEAL_BYTES;

/** Stays as it is in every format to come, so that each version can tell what it does not know. */
export function encodeStoreFormat(format: number): Stored {
  const writer = new ByteWriter(VALUE_BYTES);
  writer.raw(Buffer.from(MAGIC, "latin1"));
  writer.u16(format);
  return { key: KEYS.format, value: seal(KEYS.format, writer.bytes) };
}

/** A number, or "damaged", or "foreign" for a value that no version of this package wrote. */
export function decodeStoreFormat(value: Uint8Array): number | "damaged" | "foreign" {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const isOurs = bytes.toString("latin1", 0, MAGIC.length) === MAGIC;
  if (value.length === VALUE_BYTES && isSealed(KEYS.format, value)) {
    return isOurs ? bytes.readUInt16LE(MAGIC.length) : "foreign";
  }
  return isOurs || value.length === VALUE_BYTES ? "damaged" : "foreign";
}
