import {
  CHAIN_HASH_NONE,
  chainHash,
  createZxid,
  type LogEntry,
  type LogPosition,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";

export const LOG_START: LogPosition = Object.freeze({ zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE });

/** Above every entry that a case writes. */
export const ZXID_FAR: Zxid = createZxid(2 ** 20, 0);

/** Makes entries that lead on from each other, so that a case says only what it is about. */
export class History {
  last: LogPosition;
  private epoch = 1;
  private count = 0;

  constructor(start: LogPosition = LOG_START) {
    this.last = start;
  }

  /** Goes on in the next epoch, whose first entry has counter 1. */
  nextEpoch(): void {
    this.epoch++;
    this.count = 0;
  }

  /** One entry. `bytes` makes it as long as it should be; `tag` goes along unchanged. */
  entry(bytes: Uint8Array, tag: number = 0): LogEntry {
    this.count++;
    const zxid = createZxid(this.epoch, this.count);
    const entry = { zxid, tag, bytes, chainHash: chainHash(this.last.chainHash, zxid, tag, bytes) };
    this.last = positionOf(entry);
    return entry;
  }

  /** Small entries, no two alike. */
  entries(count: number): LogEntry[] {
    return Array.from({ length: count }, () => {
      const number = this.count + 1;
      return this.entry(Uint8Array.of(this.epoch, number >>> 8, number & 255, 0xc0, 0x7e), number & 255);
    });
  }

  /** Another history that parts from this one here, as a later leader's does. */
  fork(at: LogPosition): History {
    const fork = new History(at);
    fork.epoch = this.epoch + 1;
    return fork;
  }
}

export function positionOf({ zxid, chainHash: hash }: LogPosition): LogPosition {
  return { zxid, chainHash: hash };
}

/** Pages that differ from each other and, by `seed`, from those of another checkpoint. */
export function pagesOf(count: number, seed: number, sizeBytes: number = 40): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const page = new Uint8Array(sizeBytes).fill(seed);
    page[0] = index;
    return page;
  });
}
