import { ByteCursor, u32At } from "./bytes.ts";
import { compareKeys, TRAILER_BYTES, WRITE_KIND_MAX } from "./internal-key.ts";

/** What the keys of a block have to keep to, so that those of its table are in order. */
export interface KeyBounds {
  /** All keys are behind this one; null for the first block. */
  readonly after: Uint8Array | null;
  /** No key is behind this one. */
  readonly upTo: Uint8Array;
  /** The table's first and last key, where they are known. */
  readonly table: TableBounds | null;
}

export interface TableBounds {
  readonly smallest: Uint8Array;
  readonly largest: Uint8Array;
}

/** Whether LevelDB itself finds that this is no block, and says so: unpacked bytes without room for the list at the end. */
export function isNoBlock(bytes: Uint8Array, from: number, end: number): boolean {
  const sizeBytes = end - from;
  return sizeBytes < 4 || u32At(bytes, end - 4) > (sizeBytes >>> 2) - 1;
}

/**
 * Goes through the keys of data blocks, without looking at values, and says what LevelDB takes for granted of them and does
 * not hold. LevelDB reads the unpacked bytes as entries, each of which may share the beginning of the key before, and behind
 * them the places of some that share nothing.
 *
 * One of them may look at many blocks, one after the other.
 */
export class KeyWalk {
  private key: Uint8Array = new Uint8Array(256);
  private keySize = 0;

  /** Null if nothing is wrong, or LevelDB itself would find what is. */
  judge(bytes: Uint8Array, from: number, end: number, bounds: KeyBounds): string | null {
    if (isNoBlock(bytes, from, end)) return null;
    const restartCount = u32At(bytes, end - 4);
    if (restartCount === 0) return "has no restart point";
    const entriesEnd = end - 4 * (restartCount + 1);
    const cursor = new ByteCursor(bytes, from, entriesEnd);
    this.keySize = 0;
    let restartIndex = 0;
    let restartAt = from + u32At(bytes, entriesEnd);
    for (let isFirst = true; !cursor.isAtEnd; isFirst = false) {
      const isRestart = cursor.at === restartAt;
      if (isRestart) {
        restartIndex++;
        restartAt = restartIndex < restartCount ? from + u32At(bytes, entriesEnd + 4 * restartIndex) : Infinity;
      }
      if (restartAt <= cursor.at || (isFirst && !isRestart)) return "has a restart point where no entry begins";
      const wrong = this.takeEntry(cursor, isRestart, isFirst) ?? (isFirst ? this.judgeFirst(bounds) : null);
      if (wrong !== null) return wrong;
    }
    if (restartIndex < restartCount) return "has a restart point where no entry begins";
    return this.judgeLast(bounds);
  }

  /** Takes the next entry's key, which has to come behind the one before. */
  private takeEntry(cursor: ByteCursor, isRestart: boolean, isFirst: boolean): string | null {
    const { bytes } = cursor;
    const shared = cursor.varint32();
    const own = cursor.varint32();
    const valueSize = cursor.varint32();
    const keyAt = cursor.at;
    if (shared < 0 || own < 0 || valueSize < 0 || own + valueSize > cursor.end - keyAt)
      return "has an entry that does not end where it should";
    if (shared > this.keySize || (isRestart && shared > 0)) return "has a key that shares more than there is";
    const size = shared + own;
    if (size < TRAILER_BYTES) return "has a key that is too short";
    cursor.at = keyAt + own + valueSize;
    const isBehind = isFirst || this.isBehind(bytes, keyAt, shared, size);
    this.setKey(bytes, keyAt, shared, size);
    if (this.key[size - TRAILER_BYTES]! > WRITE_KIND_MAX) return "has a key of an unknown kind";
    return isBehind ? null : "has keys that are out of order";
  }

  /** Whether a key of that size that shares so much with the one before comes behind it. */
  private isBehind(bytes: Uint8Array, keyAt: number, shared: number, size: number): boolean {
    const { key, keySize } = this;
    const common = Math.min(keySize, size) - TRAILER_BYTES;
    for (let at = shared; at < common; at++) {
      const difference = bytes[keyAt + at - shared]! - key[at]!;
      if (difference !== 0) return difference > 0;
    }
    if (keySize !== size) return size > keySize;
    // The same user's key: the later write comes first.
    for (let at = size - 1; at >= size - TRAILER_BYTES; at--) {
      const difference = (at < shared ? key[at]! : bytes[keyAt + at - shared]!) - key[at]!;
      if (difference !== 0) return difference < 0;
    }
    return false;
  }

  private setKey(bytes: Uint8Array, keyAt: number, shared: number, size: number): void {
    if (size > this.key.length) {
      const larger = new Uint8Array(size * 2);
      larger.set(this.key.subarray(0, shared));
      this.key = larger;
    }
    const { key } = this;
    for (let at = shared; at < size; at++) key[at] = bytes[keyAt + at - shared]!;
    this.keySize = size;
  }

  private judgeFirst({ after, table }: KeyBounds): string | null {
    const { key, keySize } = this;
    if (after !== null && compareKeys(key, keySize, after, after.length) <= 0)
      return "begins with a key of the block before";
    if (table !== null && compareKeys(key, keySize, table.smallest, table.smallest.length) < 0)
      return "begins with a key that comes before the table's first";
    return null;
  }

  private judgeLast({ upTo, table }: KeyBounds): string | null {
    const { key, keySize } = this;
    if (keySize === 0) return "has no entry";
    if (compareKeys(key, keySize, upTo, upTo.length) > 0) return "ends with a key of the block behind";
    if (table !== null && compareKeys(key, keySize, table.largest, table.largest.length) > 0)
      return "ends with a key that comes behind the table's last";
    return null;
  }
}
