import type { HardState, LogBatch, LogEntry, LogPosition, StoredCheckpoint, Zxid } from "@coterie/interface";
import { positionOf, START } from "./log.ts";

/** What a store should hold, kept as plain as can be: written from the contract, with nothing of the store's own. */
export class ModelStore {
  hardState: HardState | null = null;
  notes: Uint8Array = new Uint8Array(0);
  base: LogPosition = START;
  entries: LogEntry[] = [];
  committed: Zxid = START.zxid;
  checkpoint: StoredCheckpoint | null = null;
  pages: Uint8Array[] = [];
  draft: Uint8Array[] = [];

  get last(): LogPosition {
    return positionOf(this.entries.at(-1) ?? this.base);
  }

  get positions(): LogPosition[] {
    return [this.base, ...this.entries.map(positionOf)];
  }

  apply(batch: LogBatch): void {
    if (batch.hardState !== undefined) this.hardState = batch.hardState;
    if (batch.notes !== undefined) this.notes = batch.notes;
    if (batch.checkpoint !== undefined) this.mark(batch.checkpoint);
    const { truncateAfter } = batch;
    if (truncateAfter !== undefined) this.entries = this.entries.filter(({ zxid }) => zxid <= truncateAfter);
    this.entries.push(...(batch.append ?? []));
    if (batch.committed !== undefined) this.committed = batch.committed;
  }

  private mark(mark: NonNullable<LogBatch["checkpoint"]>): void {
    const sizeBytes = this.draft.reduce((sum, page) => sum + page.length, 0);
    const before = mark.kind === "delta" ? this.checkpoint : null;
    this.pages = before === null ? [...this.draft] : [...this.pages, ...this.draft];
    this.checkpoint = {
      ...positionOf(mark),
      digest: mark.digest,
      pageCount: this.pages.length,
      baseSizeBytes: before?.baseSizeBytes ?? sizeBytes,
      deltasSizeBytes: before === null ? 0 : before.deltasSizeBytes + sizeBytes,
    };
    this.draft = [];
    if (this.committed < mark.zxid) this.committed = mark.zxid;
    if (mark.kind === "full" || mark.kind === "delta") return;
    this.entries = mark.kind === "incoming" ? [] : this.entries.filter(({ zxid }) => zxid > mark.zxid);
    this.base = positionOf(mark);
  }

  /** A store may keep more than was let go of. */
  purged(base: LogPosition): void {
    this.entries = this.entries.filter(({ zxid }) => zxid > base.zxid);
    this.base = base;
  }

  get epochEnds(): LogPosition[] {
    const ends = new Map<number, LogPosition>();
    for (const entry of this.entries) ends.set(Math.floor(entry.zxid / 2 ** 32), positionOf(entry));
    return [...ends.values()];
  }
}
