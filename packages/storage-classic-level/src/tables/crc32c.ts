/** CRC-32C (Castagnoli), reflected. */
const POLYNOMIAL = 0x82f6_3b78;
/** LevelDB stores a checksum rotated and shifted by this, so that one over bytes that hold one stays a good one. */
const MASK_DELTA = 0xa282_ead8;
/** Bytes that are taken at a time. */
const STRIDE_BYTES = 16;

/** Sixteen tables, one behind the other: a byte that far before the end of a stride is looked up in the one of its place. */
const TABLES = createTables();
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function createTables(): Int32Array {
  const tables = new Int32Array(STRIDE_BYTES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = (before >>> 8) ^ tables[before & 255]!;
  }
  return tables;
}

/** The CRC-32C, 0..2^32-1, of the bytes in [from, end); with `before` of those that it stands for and these behind them. */
export function crc32c(bytes: Uint8Array, from: number, end: number, before = 0): number {
  const aligned = Math.min(end, from + (-(bytes.byteOffset + from) & 3));
  const words = IS_LITTLE_ENDIAN ? (end - aligned) >>> 2 : 0;
  const striding = words - (words % 4);
  let crc = bytewise(bytes, from, aligned, ~before);
  if (striding > 0) crc = stridewise(new Int32Array(bytes.buffer, bytes.byteOffset + aligned, striding), crc);
  return ~bytewise(bytes, aligned + striding * 4, end, crc) >>> 0;
}

function bytewise(bytes: Uint8Array, from: number, end: number, before: number): number {
  let crc = before;
  for (let at = from; at < end; at++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at]!) & 255]!;
  return crc;
}

/** Slicing by 16: one lookup a byte, none of which waits for another one of its stride. */
function stridewise(words: Int32Array, before: number): number {
  const t = TABLES;
  let crc = before;
  for (let at = 0; at < words.length; at += 4) {
    const a = words[at]! ^ crc;
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const d = words[at + 3]!;
    crc =
      t[0xf00 | (a & 255)]! ^
      t[0xe00 | ((a >>> 8) & 255)]! ^
      t[0xd00 | ((a >>> 16) & 255)]! ^
      t[0xc00 | (a >>> 24)]! ^
      t[0xb00 | (b & 255)]! ^
      t[0xa00 | ((b >>> 8) & 255)]! ^
      t[0x900 | ((b >>> 16) & 255)]! ^
      t[0x800 | (b >>> 24)]! ^
      t[0x700 | (c & 255)]! ^
      t[0x600 | ((c >>> 8) & 255)]! ^
      t[0x500 | ((c >>> 16) & 255)]! ^
      t[0x400 | (c >>> 24)]! ^
      t[0x300 | (d & 255)]! ^
      t[0x200 | ((d >>> 8) & 255)]! ^
      t[0x100 | ((d >>> 16) & 255)]! ^
      t[d >>> 24]!;
  }
  return crc;
}

/** As LevelDB stores it. */
export function maskedCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
