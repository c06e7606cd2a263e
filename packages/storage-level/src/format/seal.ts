import { crc32 } from "node:zlib";

const CRC_BYTES = 4;

/** The last four bytes of every stored value: CRC-32 of its key and of all before them (R2). */
export const SEAL_BYTES: number = CRC_BYTES;

/** Fills in the last four bytes of `value`. */
export function seal(key: Uint8Array, value: Buffer): Buffer {
  const end = value.length - CRC_BYTES;
  value.writeUInt32LE(crc32(value.subarray(0, end), crc32(key)), end);
  return value;
}

/** Whether `value` was written under this key and is whole. */
export function isSealed(key: Uint8Array, value: Uint8Array): boolean {
  const end = value.length - CRC_BYTES;
  if (end < 0) return false;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  return bytes.readUInt32LE(end) === crc32(bytes.subarray(0, end), crc32(key));
}
