import { CoterieError } from "@coterie/interface";

/**
 * How a counter's value stands in its znode: "text" is decimal, as kazoo's Counter writes it; "int64" is eight bytes, big-endian,
 * two's complement, as Curator's DistributedAtomicLong does.
 */
export type CounterFormat = "text" | "int64";

const INT64_SIZE_BYTES = 8;
const TEXT_SHOWN_SIZE_MAX = 40;
const DECIMAL = /^-?\d+$/;

export function encodeCount(value: number, format: CounterFormat): string | Uint8Array {
  if (format === "text") return String(value);
  const bytes = new Uint8Array(INT64_SIZE_BYTES);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value));
  return bytes;
}

/** Null for no data at all, which stands for a counter that nobody has written yet. @throws CoterieError BAD_DATA */
export function decodeCount(data: Uint8Array | null, format: CounterFormat, path: string): number | null {
  if (data === null || data.length === 0) return null;
  const value = format === "text" ? fromText(data) : fromInt64(data);
  if (value !== null && Number.isSafeInteger(value)) return value;
  const shown = JSON.stringify(new TextDecoder().decode(data.subarray(0, TEXT_SHOWN_SIZE_MAX)));
  const wanted = format === "text" ? "an integer in decimal" : `${INT64_SIZE_BYTES} bytes`;
  const message = `${path} holds ${data.length} bytes, ${shown}: a counter of format ${format} is ${wanted}, in -(2^53-1)..2^53-1`;
  throw new CoterieError("BAD_DATA", message, { path });
}

function fromText(data: Uint8Array): number | null {
  const text = new TextDecoder().decode(data);
  return DECIMAL.test(text) ? Number(text) + 0 : null;
}

function fromInt64(data: Uint8Array): number | null {
  if (data.length !== INT64_SIZE_BYTES) return null;
  return Number(new DataView(data.buffer, data.byteOffset).getBigInt64(0));
}
