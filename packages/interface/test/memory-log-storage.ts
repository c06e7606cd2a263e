import {
  assert,
  CHAIN_HASH_NONE,
  chainHash,
  type CheckpointReader,
  CoterieError,
  epochOf,
  type HardState,
  type LogBatch,
  type LogEntry,
  type LogPosition,
  type LogReading,
  type LogStorage,
  type RecoveredLog,
  type StoredCheckpoint,
  type Zxid,
  ZXID_NONE,
  type ZxidRange,
} from "../src/index.ts";

/** Never changed once it is made, so that replacing it is an atomic write and holding it is a snapshot. */
interface Stored {
  readonly hardState: HardState;
  readonly notes: Uint8Array;
  readonly base: LogPosition;
  readonly entries: readonly LogEntry[];
  readonly committed: Zxid;
  readonly checkpoint: StoredCheckpoint | null;
  readonly pages: readonly Uint8Array[];
}

const LOG_START: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };

/** A store in memory: shows that a LogStorage is an afternoon's work. Memory has no faults, so nothing is repaired. */
export class MemoryLogStorage implements LogStorage {
  readonly supports = { durable: false };
  private stored: Stored | null = null;
  private draft: Uint8Array[] = [];
  private isOpen = false;

  async open(): Promise<RecoveredLog> {
    if (this.isOpen) throw new CoterieError("STORE_LOCKED");
    this.isOpen = true;
    if (this.stored === null) return { kind: "blank" };
    const { hardState, notes, base, entries, committed, checkpoint } = this.stored;
    const [last, epochEnds] = [lastOf(this.stored), epochEndsOf(entries)];
    const sound = { faults: [], droppedTailCount: 0 };
    return { kind: "open", hardState, notes, base, last, epochEnds, committed, checkpoint, ...sound };
  }

  async write(batch: LogBatch): Promise<void> {
    this.checkOpen();
    const hardState = batch.hardState ?? this.stored?.hardState;
    assert(hardState !== undefined, "the first write says whose the store is");
    const before: Stored = this.stored ?? {
      hardState,
      notes: new Uint8Array(0),
      base: LOG_START,
      entries: [],
      committed: ZXID_NONE,
      checkpoint: null,
      pages: [],
    };
    const marked = this.withCheckpoint({ ...before, hardState, notes: batch.notes ?? before.notes }, batch);
    const truncated = withTruncation(marked, batch.truncateAfter);
    assert((batch.repair ?? []).length === 0, "there is no fault to repair");
    const appended = withEntries(truncated, batch.append ?? []);
    const committed = batch.committed ?? appended.committed;
    assert(committed >= appended.committed && committed <= lastOf(appended).zxid, "committed goes up, within the log");
    this.stored = { ...appended, committed };
    if (batch.checkpoint !== undefined) this.draft = [];
  }

  async read({ after, upTo }: ZxidRange, sizeMaxBytes: number): Promise<LogReading> {
    const { base, entries } = this.checkOpen() ?? { base: LOG_START, entries: [] };
    if (after < base.zxid) return { kind: "purged", base };
    const inRange = entries.filter((entry) => entry.zxid > after && entry.zxid <= upTo);
    return { kind: "entries", entries: fitting(inRange, sizeMaxBytes, (entry) => entry.bytes.length) };
  }

  async purge(upTo: Zxid): Promise<LogPosition> {
    const stored = this.checkOpen();
    assert(stored !== null && upTo <= (stored.checkpoint?.zxid ?? ZXID_NONE), "a checkpoint covers what is purged");
    const base = stored.entries.findLast((entry) => entry.zxid <= upTo) ?? stored.base;
    this.stored = { ...stored, base, entries: stored.entries.filter((entry) => entry.zxid > upTo) };
    return base;
  }

  async addPages(pages: readonly Uint8Array[]): Promise<void> {
    this.checkOpen();
    this.draft.push(...pages);
  }

  async dropPages(): Promise<void> {
    this.checkOpen();
    this.draft = [];
  }

  async openCheckpoint(): Promise<CheckpointReader | null> {
    const stored = this.checkOpen();
    if (stored === null || stored.checkpoint === null) return null;
    const { checkpoint, pages } = stored;
    return {
      checkpoint,
      read: async (first, sizeMaxBytes) => fitting(pages.slice(first), sizeMaxBytes, (page) => page.length),
      close: async () => undefined,
    };
  }

  async close(): Promise<void> {
    this.isOpen = false;
    this.draft = [];
  }

  private checkOpen(): Stored | null {
    if (!this.isOpen) throw new CoterieError("STORE_CLOSED");
    return this.stored;
  }

  private withCheckpoint(stored: Stored, { checkpoint: mark }: LogBatch): Stored {
    if (mark === undefined) return stored;
    assert(mark.pageCount === this.draft.length, "the draft holds the pages of the mark");
    const { kind, zxid, chainHash: hash, digest } = mark;
    const isDelta = kind === "delta";
    const draftSizeBytes = this.draft.reduce((sum, page) => sum + page.length, 0);
    const pages = isDelta ? [...stored.pages, ...this.draft] : [...this.draft];
    const checkpoint: StoredCheckpoint = {
      zxid,
      chainHash: hash,
      digest,
      pageCount: pages.length,
      baseSizeBytes: isDelta ? (stored.checkpoint?.baseSizeBytes ?? 0) : draftSizeBytes,
      deltasSizeBytes: isDelta ? (stored.checkpoint?.deltasSizeBytes ?? 0) + draftSizeBytes : 0,
    };
    const withPages = { ...stored, checkpoint, pages };
    if (kind === "covering") {
      const entries = stored.entries.filter((entry) => entry.zxid > zxid);
      return {
        ...withPages,
        base: { zxid, chainHash: hash },
        entries,
        committed: Math.max(stored.committed, zxid) as Zxid,
      };
    }
    if (kind === "incoming") return { ...withPages, base: { zxid, chainHash: hash }, entries: [], committed: zxid };
    const isInLog = [stored.base, ...stored.entries].some((at) => at.zxid === zxid && at.chainHash === hash);
    assert(isInLog, "an own checkpoint stands at a position of the log");
    return { ...withPages, committed: Math.max(stored.committed, zxid) as Zxid };
  }
}

function lastOf(stored: Stored): LogPosition {
  return stored.entries.at(-1) ?? stored.base;
}

function epochEndsOf(entries: readonly LogEntry[]): LogPosition[] {
  const ends = entries.filter((entry, index) => {
    const next = entries[index + 1];
    return next === undefined || epochOf(next.zxid) > epochOf(entry.zxid);
  });
  return ends.map((entry) => ({ zxid: entry.zxid, chainHash: entry.chainHash }));
}

function withTruncation(stored: Stored, after: Zxid | undefined): Stored {
  if (after === undefined) return stored;
  assert(after >= stored.committed, "what is committed stays");
  const entries = stored.entries.filter((entry) => entry.zxid <= after);
  assert(lastOf({ ...stored, entries }).zxid === after, "a truncation names an entry");
  return { ...stored, entries };
}

function withEntries(stored: Stored, added: readonly LogEntry[]): Stored {
  let last = lastOf(stored);
  for (const entry of added) {
    assert(entry.zxid > last.zxid, "entries come in zxid order");
    const expected = chainHash(last.chainHash, entry.zxid, entry.tag, entry.bytes);
    assert(entry.chainHash === expected, "each entry continues the chain");
    last = entry;
  }
  return { ...stored, entries: [...stored.entries, ...added] };
}

/** The first of `items`, as far as they fit, and at least one. */
function fitting<Item>(items: readonly Item[], sizeMaxBytes: number, sizeOf: (item: Item) => number): Item[] {
  let sizeBytes = 0;
  const end = items.findIndex((item, index) => {
    sizeBytes += sizeOf(item);
    return index > 0 && sizeBytes > sizeMaxBytes;
  });
  return items.slice(0, end === -1 ? items.length : end);
}
