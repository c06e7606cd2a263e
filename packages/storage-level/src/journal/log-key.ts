import type { ChainHash, Zxid } from "@coterie/interface";
import { logKey, LOG_KEYS_END, logGenerationKey, parseLogKey } from "../format/keys.ts";

/** The key of a log record, as numbers; they sort as the keys' bytes do. */
export interface LogKey {
  readonly generation: number;
  readonly zxid: number;
  /** The chain hash, as an unsigned number. */
  readonly hash: number;
}

/** Null if it is no key of a log record. */
export function toLogKey(key: Uint8Array): LogKey | null {
  const parsed = parseLogKey(key);
  if (parsed === null) return null;
  return { generation: parsed.generation, zxid: parsed.end.zxid, hash: parsed.end.chainHash >>> 0 };
}

export function fromLogKey({ generation, zxid, hash }: LogKey): Uint8Array {
  return logKey(generation, { zxid: zxid as Zxid, chainHash: (hash | 0) as ChainHash });
}

export function compareLogKeys(one: LogKey, other: LogKey): number {
  return one.generation - other.generation || one.zxid - other.zxid || one.hash - other.hash;
}

/** A bound of a range of keys, among log keys. */
export interface LogBound {
  readonly key: LogKey;
  /** Whether it stands behind that key, and not before it. */
  readonly isBehind: boolean;
}

const LOG_KEY_BYTES = 17;
const LOG_KEYS_START = logGenerationKey(0).subarray(0, 1);
const WORD_SPAN = 2 ** 32;

/** Where any key at all stands among the keys of log records: "start" and "end" before and behind all of them. */
export function toLogBound(key: Uint8Array): LogBound | "start" | "end" {
  if (Buffer.compare(key, LOG_KEYS_START) <= 0) return "start";
  if (Buffer.compare(key, LOG_KEYS_END) >= 0) return "end";
  const padded = Buffer.alloc(LOG_KEY_BYTES);
  padded.set(key.subarray(0, LOG_KEY_BYTES));
  const zxid = padded.readUInt32BE(5) * WORD_SPAN + padded.readUInt32BE(9);
  return {
    key: { generation: padded.readUInt32BE(1), zxid, hash: padded.readUInt32BE(13) },
    isBehind: key.length > LOG_KEY_BYTES,
  };
}
