import {
  assert,
  CHAIN_HASH_NONE,
  type HardState,
  type LogBatch,
  type LogEntry,
  type LogFault,
  type LogPosition,
  type LogReading,
  type Zxid,
  ZXID_NONE,
  type ZxidRange,
  positionOf,
} from "@coterie/interface";
import type { DiskImage } from "../observation.ts";
import { markPages, type StoredPages } from "./stored-pages.ts";

export const LOG_START: LogPosition = Object.freeze({ zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE });

/** The durable contents of one database: what a batch has made of it, and what faults have. */
export class Database {
  hardState: HardState | null = null;
  notes: Uint8Array = new Uint8Array(0);
  base: LogPosition = LOG_START;
  entries: LogEntry[] = [];
  committed: Zxid = ZXID_NONE;
  checkpoint: StoredPages | null = null;
  unreadable: Set<Zxid> = new Set();
  /** Those of them that opening or reading has come upon. */
  private found: Set<Zxid> = new Set();
  /** Purged since the base stood where a crash may put it back, in zxid order: a purge need not be durable. */
  private purged: { readonly before: LogPosition; readonly entry: LogEntry }[] = [];
  private cached: DiskImage | null = null;

  get last(): LogPosition {
    return this.entries.at(-1) ?? this.base;
  }

  /** Call it after every change that does not go through a method. */
  changed(): void {
    this.cached = null;
  }

  /** The image is made when it is asked for and kept as long as nothing changes. */
  image(): DiskImage {
    this.cached ??= {
      hardState: this.hardState,
      base: { zxid: this.base.zxid, chainHash: this.base.chainHash },
      entries: this.entries.slice(),
      committed: this.committed,
      checkpoint: this.checkpoint === null ? null : this.checkpoint.stored,
      unreadable: new Set(this.unreadable),
    };
    return this.cached;
  }

  copy(): Database {
    const copy = new Database();
    copy.hardState = this.hardState;
    copy.notes = this.notes;
    copy.base = this.base;
    copy.entries = this.entries.slice();
    copy.committed = this.committed;
    copy.checkpoint = this.checkpoint;
    copy.unreadable = new Set(this.unreadable);
    copy.found = new Set(this.found);
    copy.purged = this.purged.slice();
    return copy;
  }

  /** As `LogBatch` says it, in the order of its fields. */
  apply(batch: LogBatch, draft: readonly Uint8Array[]): void {
    this.cached = null;
    if (batch.hardState !== undefined) this.hardState = batch.hardState;
    if (batch.notes !== undefined) this.notes = batch.notes;
    if (batch.checkpoint !== undefined) this.takeCheckpoint(batch.checkpoint, draft);
    if (batch.truncateAfter !== undefined) this.truncate(batch.truncateAfter);
    if (batch.repair !== undefined) this.repair(batch.repair);
    if (batch.append !== undefined) this.append(batch.append);
    if (batch.committed !== undefined) {
      assert(batch.committed <= this.last.zxid, "what is committed stands in the log");
      assert(batch.committed >= this.committed, "what is committed stays so");
      this.committed = batch.committed;
    }
  }

  purge(upTo: Zxid): void {
    assert(this.checkpoint !== null && upTo <= this.checkpoint.stored.zxid, "a checkpoint stands for what is purged");
    let count = 0;
    while (count < this.entries.length && this.entries[count]!.zxid <= upTo) count++;
    if (count === 0) return;
    this.cached = null;
    const gone = this.entries.slice(0, count);
    // An entry that could not be read does not come back, nor does anything below it.
    for (let index = 0; index < count; index++) {
      const entry = gone[index]!;
      if (this.unreadable.has(entry.zxid)) this.purged = [];
      else this.purged.push({ before: positionOf(gone[index - 1] ?? this.base), entry });
    }
    this.base = gone.at(-1)!;
    this.entries = this.entries.slice(count);
    for (const { zxid } of gone) this.unreadable.delete(zxid);
  }

  /** The last `count` of the entries that were purged are there again. */
  unpurge(count: number): void {
    const back = this.purged.splice(Math.max(0, this.purged.length - count));
    if (back.length === 0) return;
    this.cached = null;
    this.base = back[0]!.before;
    this.entries = [...back.map(({ entry }) => entry), ...this.entries];
  }

  get purgedCount(): number {
    return this.purged.length;
  }

  /** Whatever was purged is gone for good. */
  forgetPurged(): void {
    this.purged = [];
  }

  read({ after, upTo }: ZxidRange, sizeMaxBytes: number): LogReading {
    if (after < this.base.zxid) return { kind: "purged", base: this.base };
    const found: LogEntry[] = [];
    let sizeBytes = 0;
    for (let index = this.countUpTo(after); index < this.entries.length; index++) {
      const entry = this.entries[index]!;
      if (entry.zxid > upTo) break;
      if (this.unreadable.has(entry.zxid)) {
        if (found.length > 0) break;
        return { kind: "faulty", fault: this.faultAt(index) };
      }
      sizeBytes += entry.bytes.length;
      if (found.length > 0 && sizeBytes > sizeMaxBytes) break;
      found.push(entry);
    }
    return { kind: "entries", entries: found };
  }

  faults(): LogFault[] {
    const faults: LogFault[] = [];
    if (this.unreadable.size === 0) return faults;
    for (let index = 0; index < this.entries.length; index++) {
      if (!this.unreadable.has(this.entries[index]!.zxid)) continue;
      const fault = this.faultAt(index);
      faults.push(fault);
      while (index + 1 < this.entries.length && this.entries[index]!.zxid < fault.upTo.zxid) index++;
    }
    return faults;
  }

  /** The fault that begins at or around an entry; faults that touch are one. */
  private faultAt(index: number): LogFault {
    let first = index;
    while (first > 0 && this.unreadable.has(this.entries[first - 1]!.zxid)) first--;
    let last = index;
    while (last + 1 < this.entries.length && this.unreadable.has(this.entries[last + 1]!.zxid)) last++;
    for (let at = first; at <= last; at++) this.found.add(this.entries[at]!.zxid);
    return { after: positionOf(this.entries[first - 1] ?? this.base), upTo: positionOf(this.entries[last]!) };
  }

  private takeCheckpoint(mark: NonNullable<LogBatch["checkpoint"]>, draft: readonly Uint8Array[]): void {
    assert(draft.length === mark.pageCount, "the mark counts the pages of the draft");
    this.checkpoint = markPages(mark, draft, this.checkpoint);
    if (mark.kind === "covering") {
      this.cover(mark);
      return;
    }
    if (mark.kind !== "incoming") return;
    // All entries go, whatever the log had: a store need not compare, which it could not inside a fault.
    this.entries = [];
    this.purged = [];
    this.unreadable.clear();
    this.base = { zxid: mark.zxid, chainHash: mark.chainHash };
    this.committed = mark.zxid;
  }

  private cover({ zxid, chainHash }: LogPosition): void {
    assert(zxid >= this.base.zxid, "a covering checkpoint stands inside the log");
    for (const entry of this.entries) if (entry.zxid <= zxid) this.unreadable.delete(entry.zxid);
    this.entries = this.entries.filter((entry) => entry.zxid > zxid);
    this.purged = [];
    this.base = { zxid, chainHash };
    if (this.committed < zxid) this.committed = zxid;
  }

  private truncate(after: Zxid): void {
    assert(after >= this.committed, "nothing that is committed is cut off");
    const count = this.countUpTo(after);
    assert((this.entries[count - 1] ?? this.base).zxid === after, "a log is cut off behind an entry");
    for (const { zxid } of this.entries.slice(count)) this.unreadable.delete(zxid);
    this.entries.length = count;
  }

  private repair(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      // What a purge, which runs beside, has let go of, and what can be read.
      if (entry.zxid <= this.base.zxid || !this.unreadable.has(entry.zxid)) continue;
      const index = this.countUpTo(entry.zxid) - 1;
      const own = this.entries[index];
      assert(own?.zxid === entry.zxid && own.chainHash === entry.chainHash, "a repair puts back what was there");
      // Its fault begins earlier, as a reading has found meanwhile.
      if (index > 0 && this.isFound(this.entries[index - 1]!.zxid)) continue;
      this.unreadable.delete(entry.zxid);
      this.found.delete(entry.zxid);
    }
  }

  private isFound(zxid: Zxid): boolean {
    // What is not damaged any more, or damaged anew, has to be found again.
    if (!this.unreadable.has(zxid)) this.found.delete(zxid);
    return this.found.has(zxid);
  }

  private append(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      assert(entry.zxid > this.last.zxid, "zxids ascend");
      this.entries.push(entry);
    }
  }

  /** How many entries have this zxid or a lower one. */
  countUpTo(zxid: Zxid): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entries[middle]!.zxid <= zxid) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
