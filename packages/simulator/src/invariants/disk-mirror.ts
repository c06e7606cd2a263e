import type { Zxid, HardState, LogBatch, LogPosition } from "@coterie/interface";
import { CHAIN_HASH_NONE, ZXID_NONE } from "@coterie/interface";
import type { DiskImage } from "../observation.ts";

const START: LogPosition = Object.freeze({ zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE });
const NOTHING: ReadonlySet<Zxid> = new Set();

/**
 * What one disk holds durably, kept up to date batch by batch: taking an image apart at every message would cost its
 * whole length. It is a second reading of what `LogStorage` says about a batch; the invariant disk-image compares it
 * with the image of the disk itself.
 */
export class DiskMirror {
  hardState: HardState | null = null;
  base: LogPosition = START;
  checkpoint: LogPosition | null = null;
  committed: Zxid = ZXID_NONE;
  unreadable: ReadonlySet<Zxid> = NOTHING;
  /** The entries above `base`, as two columns. */
  readonly zxids: Zxid[] = [];
  readonly hashes: number[] = [];

  load(image: DiskImage): void {
    this.hardState = image.hardState;
    this.base = image.base;
    this.checkpoint = image.checkpoint;
    this.committed = image.committed;
    this.unreadable = image.unreadable.size === 0 ? NOTHING : new Set(image.unreadable);
    this.zxids.length = 0;
    this.hashes.length = 0;
    for (const entry of image.entries) {
      this.zxids.push(entry.zxid);
      this.hashes.push(entry.chainHash);
    }
  }

  apply(batch: LogBatch, disk: () => DiskImage): void {
    if (batch.checkpoint?.kind === "incoming" || batch.checkpoint?.kind === "covering") {
      this.load(disk());
      return;
    }
    if (batch.hardState !== undefined) this.hardState = batch.hardState;
    if (batch.checkpoint !== undefined) this.checkpoint = batch.checkpoint;
    if (batch.truncateAfter !== undefined) this.truncate(batch.truncateAfter);
    if (batch.repair !== undefined && this.unreadable.size > 0) {
      const unreadable = new Set(this.unreadable);
      for (const entry of batch.repair) unreadable.delete(entry.zxid);
      this.unreadable = unreadable;
    }
    if (batch.append !== undefined) {
      for (const entry of batch.append) {
        this.zxids.push(entry.zxid);
        this.hashes.push(entry.chainHash);
      }
    }
    if (batch.committed !== undefined && batch.committed > this.committed) this.committed = batch.committed;
  }

  /** The disk purges whenever it likes: entries below a base that it shows are gone here, too. */
  purge(base: LogPosition): void {
    const count = this.countUpTo(base.zxid);
    this.zxids.splice(0, count);
    this.hashes.splice(0, count);
    this.base = base;
  }

  get lastZxid(): Zxid {
    return this.zxids.length === 0 ? this.base.zxid : this.zxids[this.zxids.length - 1]!;
  }

  get lastHash(): number {
    return this.hashes.length === 0 ? this.base.chainHash : this.hashes[this.hashes.length - 1]!;
  }

  /** Up to where the log, or the checkpoint that stands for it, reaches. */
  get reach(): Zxid {
    const checkpoint = this.checkpoint === null ? ZXID_NONE : this.checkpoint.zxid;
    return checkpoint > this.lastZxid ? checkpoint : this.lastZxid;
  }

  /** Whether the entry stands in the log, readable or not, or is part of the checkpoint. */
  has(zxid: Zxid): boolean {
    return this.isCovered(zxid) || this.indexOf(zxid) >= 0;
  }

  /** As `has`, and it can be read. */
  holds(zxid: Zxid): boolean {
    return this.isCovered(zxid) || (this.indexOf(zxid) >= 0 && !this.unreadable.has(zxid));
  }

  /** Null if the log does not have the position, or has purged it. */
  hashAt(zxid: Zxid): number | null {
    if (zxid === this.base.zxid) return this.base.chainHash;
    const index = this.indexOf(zxid);
    if (index >= 0) return this.hashes[index]!;
    return this.checkpoint?.zxid === zxid ? this.checkpoint.chainHash : null;
  }

  /** -1 if there is no such entry above the base. */
  indexOf(zxid: Zxid): number {
    const { zxids } = this;
    const last = zxids.length - 1;
    if (last < 0 || zxid > zxids[last]!) return -1;
    // Entries of the last epoch stand at their distance from the end.
    const guess = last - (zxids[last]! - zxid);
    if (guess >= 0 && zxids[guess] === zxid) return guess;
    const index = this.countUpTo(zxid) - 1;
    return index >= 0 && zxids[index] === zxid ? index : -1;
  }

  /** How many entries have this zxid or a lower one. */
  countUpTo(zxid: Zxid): number {
    let low = 0;
    let high = this.zxids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.zxids[middle]! <= zxid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private isCovered(zxid: Zxid): boolean {
    return zxid <= this.base.zxid || (this.checkpoint !== null && zxid <= this.checkpoint.zxid);
  }

  private truncate(after: Zxid): void {
    const count = this.countUpTo(after);
    if (this.unreadable.size > 0) {
      const gone = this.zxids.slice(count);
      const unreadable = new Set(this.unreadable);
      for (const zxid of gone) unreadable.delete(zxid);
      this.unreadable = unreadable;
    }
    this.zxids.length = count;
    this.hashes.length = count;
  }
}

/** Equal ends of the chain, and equal bases, are equal logs. */
export function isSameLog(mirror: DiskMirror, image: DiskImage): boolean {
  const last = image.entries.at(-1) ?? image.base;
  return (
    mirror.base.zxid === image.base.zxid &&
    mirror.zxids.length === image.entries.length &&
    mirror.lastZxid === last.zxid &&
    mirror.lastHash === last.chainHash &&
    mirror.checkpoint?.zxid === image.checkpoint?.zxid
  );
}

/** The store finds out by itself, when it is opened, that it has forgotten something. */
export function isSameState(a: HardState | null, b: HardState | null, isOpened: boolean): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.clusterId === b.clusterId &&
    a.peerId === b.peerId &&
    a.incarnation === b.incarnation &&
    a.acceptedEpoch === b.acceptedEpoch &&
    a.currentEpoch === b.currentEpoch &&
    (a.isAmnesiac === b.isAmnesiac || (isOpened && b.isAmnesiac))
  );
}
