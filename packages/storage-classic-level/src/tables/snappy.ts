import { ByteCursor } from "./bytes.ts";

/**
 * What a block may say that it holds. LevelDB believes it and asks for so much memory, and a process that does not get it
 * ends. A store writes no block above some 17 MiB.
 */
export const BLOCK_SIZE_MAX_BYTES: number = 64 * 2 ** 20;
/** Three bytes stand for 64 at the most: what says that it holds more than that does not unpack. */
const GROWTH_MAX = 22;

export type Unpacked =
  | { readonly kind: "unpacked"; readonly bytes: Uint8Array }
  /** LevelDB refuses to unpack it. */
  | { readonly kind: "unreadable" }
  /** LevelDB would ask for that much memory before it looks any further. */
  | { readonly kind: "too-large"; readonly sizeBytes: number };

/** Of a copy, by its sort. */
const DISTANCE_BYTES: readonly number[] = [0, 1, 2, 4];

const UNREADABLE: Unpacked = { kind: "unreadable" };

/**
 * Unpacks Snappy as LevelDB does: what that one refuses is unreadable here, too. What says that it holds more than a store writes is
 * told apart and not looked at, whether LevelDB would unpack it or not.
 */
export function unpackSnappy(bytes: Uint8Array, from: number, end: number): Unpacked {
  const cursor = new ByteCursor(bytes, from, Math.min(end, from + 5));
  const sizeBytes = cursor.varint32();
  // The fifth byte of a length has room for four bits.
  if (sizeBytes < 0 || (cursor.at === from + 5 && bytes[from + 4]! > 15)) return UNREADABLE;
  if (sizeBytes > BLOCK_SIZE_MAX_BYTES) return { kind: "too-large", sizeBytes };
  if (sizeBytes > (end - from) * GROWTH_MAX) return UNREADABLE;
  const unpacked = new Uint8Array(sizeBytes);
  return unpackInto(unpacked, bytes, cursor.at, end) ? { kind: "unpacked", bytes: unpacked } : UNREADABLE;
}

/** Whether the packed bytes fill the others exactly. */
function unpackInto(to: Uint8Array, bytes: Uint8Array, from: number, end: number): boolean {
  let at = from;
  let filled = 0;
  while (at < end) {
    const tag = bytes[at++]!;
    const isLiteral = (tag & 3) === 0;
    const lengthBytes = isLiteral ? Math.max(0, (tag >>> 2) - 59) : DISTANCE_BYTES[tag & 3]!;
    if (at + lengthBytes > end) return false;
    let number = 0;
    for (let index = 0; index < lengthBytes; index++) number += bytes[at + index]! * 2 ** (8 * index);
    at += lengthBytes;
    if (isLiteral) {
      const sizeBytes = lengthBytes === 0 ? (tag >>> 2) + 1 : (number + 1) >>> 0;
      if (sizeBytes > end - at || sizeBytes > to.length - filled) return false;
      to.set(bytes.subarray(at, at + sizeBytes), filled);
      at += sizeBytes;
      filled += sizeBytes;
    } else {
      const isShort = (tag & 3) === 1;
      const sizeBytes = isShort ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
      const distance = isShort ? ((tag >>> 5) << 8) | number : number;
      if (distance === 0 || distance > filled || sizeBytes > to.length - filled) return false;
      for (let index = 0; index < sizeBytes; index++, filled++) to[filled] = to[filled - distance]!;
    }
  }
  return filled === to.length;
}
