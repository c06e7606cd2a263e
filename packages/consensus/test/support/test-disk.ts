import {
  CHAIN_HASH_NONE,
  epochOf,
  type HardState,
  type LogBatch,
  type LogEntry,
  type LogFault,
  type LogPosition,
  type LogReading,
  type RecoveredLog,
  type StoredCheckpoint,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";
import { TAG_CONFIG } from "../../src/index.ts";

/** A disk that does what it is told, at once or when it is released. */
export class TestDisk {
  hardState: HardState | null = null;
  notes: Uint8Array = new Uint8Array(0);
  base: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };
  entries: LogEntry[] = [];
  committed: Zxid = ZXID_NONE;
  checkpoint: StoredCheckpoint | null = null;
  pages: readonly Uint8Array[] = [];
  draft: Uint8Array[] = [];
  faults: LogFault[] = [];
  /** The newest voter set that was ever in the log. */
  config: Uint8Array | null = null;

  write(batch: LogBatch): void {
    if (batch.hardState !== undefined) this.hardState = batch.hardState;
    if (batch.notes !== undefined) this.notes = batch.notes;
    const mark = batch.checkpoint;
    if (mark !== undefined) {
      this.pages = this.draft;
      this.draft = [];
      this.checkpoint = { ...mark, baseSizeBytes: 0, deltasSizeBytes: 0 };
      if (mark.kind === "covering") {
        this.base = { zxid: mark.zxid, chainHash: mark.chainHash };
        this.entries = this.entries.filter((entry) => entry.zxid > mark.zxid);
        this.faults = this.faults
          .filter((fault) => fault.upTo.zxid > mark.zxid)
          .map((fault) => (fault.after.zxid < mark.zxid ? { after: this.base, upTo: fault.upTo } : fault));
        if (this.committed < mark.zxid) this.committed = mark.zxid;
      }
      if (mark.kind === "incoming") {
        this.base = { zxid: mark.zxid, chainHash: mark.chainHash };
        this.entries = [];
        this.faults = [];
        this.committed = mark.zxid;
      }
    }
    const after = batch.truncateAfter;
    if (after !== undefined) {
      if (after < this.committed) throw new Error("a truncation below what is committed");
      this.entries = this.entries.filter((entry) => entry.zxid <= after);
      const { last } = this;
      this.faults = this.faults
        .filter((fault) => fault.after.zxid < after)
        .map((fault) => (fault.upTo.zxid > after ? { after: fault.after, upTo: last } : fault));
    }
    for (const entry of batch.repair ?? []) {
      this.faults = this.faults.flatMap((fault) => {
        if (fault.after.zxid >= entry.zxid || fault.upTo.zxid < entry.zxid) return [fault];
        return entry.zxid === fault.upTo.zxid ? [] : [{ after: entry, upTo: fault.upTo }];
      });
    }
    this.entries.push(...(batch.append ?? []));
    const known = [...this.pages.flatMap(entriesOfPage), ...this.entries];
    this.config = known.findLast((entry) => entry.tag === TAG_CONFIG)?.bytes ?? this.config;
    if (batch.committed !== undefined) this.committed = batch.committed;
  }

  read(after: Zxid, upTo: Zxid): LogReading {
    if (after < this.base.zxid) return { kind: "purged", base: this.base };
    const entries = this.entries.filter((entry) => entry.zxid > after && entry.zxid <= upTo);
    const fault = this.faults.find((each) => each.after.zxid < upTo && each.upTo.zxid > after);
    const readable = entries.filter((entry) => fault === undefined || entry.zxid <= fault.after.zxid);
    if (fault !== undefined && readable.length === 0) return { kind: "faulty", fault };
    return { kind: "entries", entries: readable };
  }

  /** What a peer that starts finds here. */
  recover(): RecoveredLog {
    if (this.hardState === null) return { kind: "blank" };
    return {
      kind: "open",
      hardState: this.hardState,
      notes: this.notes,
      base: this.base,
      last: this.last,
      committed: this.committed,
      checkpoint: this.checkpoint,
      faults: this.faults,
      epochEnds: this.epochEnds,
      droppedTailCount: 0,
    };
  }

  /** How far a state machine may be when the peer starts: what is committed, up to the first fault. */
  get applicable(): Zxid {
    return Math.min(this.committed, this.faults[0]?.after.zxid ?? Infinity) as Zxid;
  }

  /** The state of a state machine that restores the checkpoint and applies what it may. */
  appliedEntries(): LogEntry[] {
    const restored = this.pages.flatMap(entriesOfPage);
    const from = this.checkpoint?.zxid ?? ZXID_NONE;
    return [...restored, ...this.entries.filter((entry) => entry.zxid > from && entry.zxid <= this.applicable)];
  }

  /** Everything is gone, as if the disk were a new one. */
  wipe(): void {
    Object.assign(this, new TestDisk());
  }

  /** A copy of all that is there now, and what puts it back. */
  image(): () => void {
    const { hardState, notes, base, committed, checkpoint, pages, config } = this;
    const [entries, faults] = [[...this.entries], [...this.faults]];
    const copy = { hardState, notes, base, committed, checkpoint, pages, config, entries, faults, draft: [] };
    return () => void Object.assign(this, copy);
  }

  /** What is above `after` up to `upTo`, both entries of the log or its base, cannot be read any more. */
  damage(after: Zxid, upTo: Zxid): void {
    const positionAt = (zxid: Zxid): LogPosition => {
      const entry = zxid === this.base.zxid ? this.base : this.entries.find((each) => each.zxid === zxid);
      if (entry === undefined) throw new Error(`the log has no entry ${zxid}`);
      return { zxid: entry.zxid, chainHash: entry.chainHash };
    };
    this.faults = [...this.faults, { after: positionAt(after), upTo: positionAt(upTo) }];
    this.faults.sort((one, other) => one.after.zxid - other.after.zxid);
  }

  get last(): LogPosition {
    return this.entries.at(-1) ?? this.base;
  }

  get epochEnds(): LogPosition[] {
    return this.entries.filter((entry, index) => {
      const next = this.entries[index + 1];
      return next === undefined || epochOf(next.zxid) !== epochOf(entry.zxid);
    });
  }
}

/** The harness's checkpoints: a page for each entry that was ever applied. */
export function pageOf(entry: LogEntry): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([{ ...entry, bytes: [...entry.bytes] }]));
}

export function entriesOfPage(page: Uint8Array): LogEntry[] {
  const entries = JSON.parse(new TextDecoder().decode(page)) as LogEntry[];
  return entries.map((entry) => ({ ...entry, bytes: new Uint8Array(entry.bytes) }));
}
