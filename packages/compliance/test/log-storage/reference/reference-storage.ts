import {
  assert,
  type CheckpointReader,
  CoterieError,
  LOG_LIMITS,
  type LogBatch,
  type LogEntry,
  type LogPosition,
  type LogReading,
  type LogStorage,
  type LogStorageSupports,
  type RecoveredLog,
  type Zxid,
  ZXID_NONE,
  type ZxidRange,
} from "@coterie/interface";
import type { Place } from "./place.ts";
import {
  applied,
  emptyStored,
  epochEndsOf,
  faultsOf,
  fitting,
  lastOf,
  positionOf,
  type Stored,
  without,
} from "./stored.ts";

/**
 * The contract, word by word, over a medium in memory: what the suite must find nothing wrong with. Small methods, since
 * each of them is what a mutant gets wrong.
 */
export class ReferenceStorage implements LogStorage {
  readonly supports: LogStorageSupports = { durable: true };
  protected readonly place: Place;
  protected draft: readonly Uint8Array[] = [];
  protected state: "closed" | "opening" | "open" | "failed" | "closing" = "closed";
  protected readonly underWay = new Set<Promise<unknown>>();
  private closing: Promise<void> | null = null;
  protected isCutOff = false;
  /** Counts openings: a reader ends with the one that it came from. */
  private life = 0;

  constructor(place: Place) {
    this.place = place;
  }

  /** The power is gone: whatever is under way does not reach the medium any more. */
  cutOff(): void {
    this.isCutOff = true;
  }

  async open(): Promise<RecoveredLog> {
    if (this.isLocked()) throw new CoterieError("STORE_LOCKED");
    this.place.user = this;
    this.state = "opening";
    return this.during(async () => {
      if (this.isUnknown()) {
        this.state = "closed";
        this.place.user = null;
        throw new CoterieError("STORE_FORMAT_UNKNOWN");
      }
      this.state = "open";
      this.life++;
      return this.found();
    });
  }

  async write(batch: LogBatch): Promise<void> {
    const { draft } = this;
    this.applied(this.readable(), batch, draft);
    if (batch.checkpoint !== undefined) this.draft = [];
    // Once more, since a purge may have come in between.
    return this.during(async () => this.keep(this.applied(this.place.stored, batch, draft)));
  }

  async read(range: ZxidRange, sizeMaxBytes: number): Promise<LogReading> {
    const stored = this.readable();
    return this.during(async () => this.selected(this.viewed(stored), range, sizeMaxBytes));
  }

  async purge(upTo: Zxid): Promise<LogPosition> {
    const stored = this.readable();
    this.checkPurge(stored, upTo);
    return this.during(async () => {
      const now = this.place.stored;
      if (now === null) return { zxid: ZXID_NONE, chainHash: lastOf(this.empty()).chainHash };
      const next = this.purged(now, upTo);
      this.keep(next);
      return positionOf(next.base);
    });
  }

  async addPages(pages: readonly Uint8Array[]): Promise<void> {
    this.readable();
    this.checkPages(pages);
    this.draft = [...this.draft, ...pages];
    return this.during(async () => undefined);
  }

  async dropPages(): Promise<void> {
    this.readable();
    this.draft = [];
    return this.during(async () => undefined);
  }

  async openCheckpoint(): Promise<CheckpointReader | null> {
    const stored = this.readable();
    return this.during(async () => {
      if (stored === null || stored.checkpoint === null) return null;
      const { checkpoint } = stored;
      const { life } = this;
      const read = async (first: number, size: number): Promise<readonly Uint8Array[]> => {
        this.checkReader(life === this.life);
        return this.owned(this.pagesRead(stored, first, size));
      };
      return { checkpoint, read, close: async () => undefined };
    });
  }

  async close(): Promise<void> {
    if (this.state === "closed") return;
    this.closing ??= this.closed();
    return this.closing;
  }

  protected isUnknown(): boolean {
    return this.place.isFormatUnknown;
  }

  protected isLocked(): boolean {
    return this.place.user !== null;
  }

  protected found(): RecoveredLog {
    const { place } = this;
    if (place.stored === null) return { kind: "blank" };
    const isShort = place.watermark !== null && lastOf(place.stored).zxid < place.watermark.zxid;
    if (isShort) place.stored = { ...place.stored, hardState: { ...place.stored.hardState, isAmnesiac: true } };
    const droppedTailCount = place.tornTailCount;
    place.tornTailCount = 0;
    const { hardState, base, committed, checkpoint } = place.stored;
    const notes = Uint8Array.from(place.stored.notes);
    const [last, epochEnds, faults] = [lastOf(place.stored), epochEndsOf(place.stored), faultsOf(place.stored)];
    return { kind: "open", hardState, notes, base, last, epochEnds, committed, checkpoint, faults, droppedTailCount };
  }

  /** @throws AssertionError */
  protected applied(stored: Stored | null, batch: LogBatch, draft: readonly Uint8Array[]): Stored {
    return applied(stored, batch, draft);
  }

  /** Makes it durable; the caller is told afterwards. */
  protected keep(next: Stored): void {
    if (this.isCutOff) return;
    try {
      this.place.keep(next);
    } catch (error) {
      this.failed();
      throw error;
    }
  }

  protected failed(): void {
    this.state = "failed";
  }

  /** What a reading sees, of what was stored when it was asked for. */
  protected viewed(stored: Stored | null): Stored {
    return stored ?? this.empty();
  }

  protected selected(stored: Stored, { after, upTo }: ZxidRange, sizeMaxBytes: number): LogReading {
    if (after < stored.base.zxid) return { kind: "purged", base: positionOf(stored.base) };
    const inRange = stored.entries.filter(({ zxid }) => zxid > after && zxid <= upTo);
    const firstBad = inRange.findIndex(({ zxid }) => stored.unreadable.has(zxid));
    if (firstBad === 0) {
      const fault = faultsOf(stored).find((one) => one.upTo.zxid > after)!;
      return { kind: "faulty", fault };
    }
    const sound = firstBad === -1 ? inRange : inRange.slice(0, firstBad);
    const entries = this.fitting(sound, sizeMaxBytes);
    const bytes = this.owned(entries.map((entry) => entry.bytes));
    return { kind: "entries", entries: entries.map((entry, index) => ({ ...entry, bytes: bytes[index]! })) };
  }

  protected fitting(entries: readonly LogEntry[], sizeMaxBytes: number): readonly LogEntry[] {
    return fitting(entries, sizeMaxBytes, ({ bytes }) => bytes.length);
  }

  protected checkPurge(stored: Stored | null, upTo: Zxid): void {
    assert(upTo <= (stored?.checkpoint?.zxid ?? ZXID_NONE), "a checkpoint stands for what is purged");
  }

  protected purged(stored: Stored, upTo: Zxid): Stored {
    const base = stored.entries.findLast(({ zxid }) => zxid <= upTo) ?? stored.base;
    return { ...stored, ...without(stored, ({ zxid }) => zxid <= upTo), base: positionOf(base) };
  }

  protected checkPages(pages: readonly Uint8Array[]): void {
    const sizeBytes = pages.reduce((sum, page) => sum + page.length, 0);
    assert(sizeBytes <= LOG_LIMITS.pageSizeMaxBytes, "pages have a largest size");
  }

  protected checkReader(isOfThisLife: boolean): void {
    this.readable();
    if (!isOfThisLife) throw new CoterieError("STORE_CLOSED");
  }

  /** What is handed out belongs to the caller: nobody else has the same bytes. */
  protected owned(handedOut: readonly Uint8Array[]): readonly Uint8Array[] {
    return handedOut.map((bytes) => Uint8Array.from(bytes));
  }

  protected pagesRead({ pages }: Stored, first: number, sizeMaxBytes: number): readonly Uint8Array[] {
    const isIndex = Number.isInteger(first) && first >= 0 && first <= pages.length;
    assert(isIndex, "a page has an index in 0..pageCount");
    const found = fitting(pages.slice(first), sizeMaxBytes, (page) => page.length);
    const bad = found.findIndex((_, index) => this.place.damagedPages.has(first + index));
    if (bad === 0) throw new CoterieError("STORE_CORRUPT", `page ${first} is damaged`);
    return bad === -1 ? found : found.slice(0, bad);
  }

  /** @throws CoterieError unless the store is open and sound. */
  protected readable(): Stored | null {
    if (this.state === "failed") throw new CoterieError("STORE_FAILED");
    if (this.state !== "open") throw new CoterieError("STORE_CLOSED");
    return this.place.stored;
  }

  /** What `run` does comes later than the call, as with any medium, and `close` waits for it. */
  protected async during<Value>(run: () => Promise<Value>): Promise<Value> {
    const done = (async () => {
      await later();
      return run();
    })();
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    this.underWay.add(settled);
    void settled.then(() => this.underWay.delete(settled));
    return done;
  }

  protected async closed(): Promise<void> {
    if (this.state !== "opening") this.state = "closing";
    await Promise.all(this.underWay);
    this.draft = [];
    this.state = "closed";
    if (this.place.user === this) this.place.user = null;
    this.closing = null;
  }

  protected empty(): Stored {
    return emptyStored({} as Stored["hardState"]);
  }
}

/** A turn of the event loop: long enough for others to come in between, in the same order in every run. */
export async function later(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
