import type { ChainHash, LogPosition, Zxid } from "@coterie/interface";

const WORD_SPAN = 2 ** 32;
const LOG = 0x6c;
const PAGE = 0x70;
const LOG_KEY_BYTES = 17;
const PAGE_KEY_BYTES = 9;

/** Keys of what stands once. None begins as a log key or a page key does. */
export const KEYS: {
  /** The same in every format there will ever be. */
  readonly format: Uint8Array;
  readonly state: Uint8Array;
  readonly base: Uint8Array;
  readonly checkpoint: Uint8Array;
  readonly notes: Uint8Array;
  readonly journal: Uint8Array;
} = Object.freeze({
  format: Buffer.from("format"),
  state: Buffer.from("state"),
  base: Buffer.from("base"),
  checkpoint: Buffer.from("checkpoint"),
  notes: Buffer.from("notes"),
  journal: Buffer.from("journal"),
});

/**
 * The key of a log record: `l`, the generation of the log, and the position behind the record's last entry, all
 * big-endian, so that records sort by zxid and the end of one that cannot be read is known.
 */
export function logKey(generation: number, end: LogPosition): Uint8Array {
  const key = zxidKey(generation, end.zxid);
  key.writeInt32BE(end.chainHash, 13);
  return key;
}

/** Sorts before every record of the generation that ends at `zxid` or above. */
export function logKeyFrom(generation: number, zxid: Zxid): Uint8Array {
  return zxidKey(generation, zxid).subarray(0, 13);
}

/** Sorts after every record of the generation that ends at `zxid` or below. */
export function logKeyBehind(generation: number, zxid: Zxid): Uint8Array {
  return logKeyFrom(generation, (zxid + 1) as Zxid);
}

/** Sorts before all records of the generation, and after those of all lower ones. */
export function logGenerationKey(generation: number): Uint8Array {
  const key = Buffer.allocUnsafe(5);
  key.writeUInt8(LOG, 0);
  key.writeUInt32BE(generation, 1);
  return key;
}

export const LOG_KEYS_END: Uint8Array = Buffer.of(LOG + 1);

/** Null if it is no key of a log record. */
export function parseLogKey(key: Uint8Array): { readonly generation: number; readonly end: LogPosition } | null {
  if (key.length !== LOG_KEY_BYTES || key[0] !== LOG) return null;
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  const zxid = bytes.readUInt32BE(5) * WORD_SPAN + bytes.readUInt32BE(9);
  if (!Number.isSafeInteger(zxid)) return null;
  return {
    generation: bytes.readUInt32BE(1),
    end: { zxid: zxid as Zxid, chainHash: bytes.readInt32BE(13) as ChainHash },
  };
}

function zxidKey(generation: number, zxid: Zxid): Buffer {
  const key = Buffer.allocUnsafe(LOG_KEY_BYTES);
  key.writeUInt8(LOG, 0);
  key.writeUInt32BE(generation, 1);
  key.writeUInt32BE(Math.floor(zxid / WORD_SPAN), 5);
  key.writeUInt32BE(zxid % WORD_SPAN, 9);
  return key;
}

/** The key of a page: `p`, the generation that it was written under, and its index in there, big-endian. */
export function pageKey(generation: number, index: number): Uint8Array {
  const key = Buffer.allocUnsafe(PAGE_KEY_BYTES);
  key.writeUInt8(PAGE, 0);
  key.writeUInt32BE(generation, 1);
  key.writeUInt32BE(index, 5);
  return key;
}

export const PAGE_KEYS_END: Uint8Array = Buffer.of(PAGE + 1);

/** Null if it is no key of a page. */
export function parsePageKey(key: Uint8Array): { readonly generation: number; readonly index: number } | null {
  if (key.length !== PAGE_KEY_BYTES || key[0] !== PAGE) return null;
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  return { generation: bytes.readUInt32BE(1), index: bytes.readUInt32BE(5) };
}

/** The first key that there could be behind this one. */
export function keyBehind(key: Uint8Array): Uint8Array {
  const behind = new Uint8Array(key.length + 1);
  behind.set(key);
  return behind;
}

/** For sets of keys. */
export function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}
