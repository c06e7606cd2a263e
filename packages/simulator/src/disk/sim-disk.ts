import {
  assert,
  CoterieError,
  type LogBatch,
  type LogPosition,
  type LogReading,
  type PeerId,
  type RecoveredLog,
  type Zxid,
  type ZxidRange,
  positionOf,
} from "@coterie/interface";
import type { DiskImage } from "../observation.ts";
import type { Dice } from "../world/dice.ts";
import type { EventQueue, EventTarget, SimEvent } from "../world/event-queue.ts";
import type { DiskOptions } from "../world/options.ts";
import { Database, LOG_START } from "./database.ts";
import { recover, type Sidecar } from "./recover.ts";
import type { StoredPages } from "./stored-pages.ts";

const WATERMARK_LOWERED = 0;
const DATABASE_SYNCED = 1;
const SIDECAR_SYNCED = 2;
const WATERMARK_RAISED = 3;
const READ_DONE = 4;
const PAGES_ADDED = 5;
const OPENED = 6;
const PAGES_READ = 7;
const PURGED = 8;

/** Both places, at one moment. */
export interface DiskCopy {
  readonly database: Database;
  readonly sidecar: Sidecar | null;
  readonly wasAmnesiac: boolean;
}

/** Who has the disk open: what comes back from it. */
export interface DiskUser {
  stored(batch: LogBatch): void;
  logRead(reading: number, result: LogReading): void;
  pagesAdded(isOwn: boolean): void;
  checkpointOpened(transfer: number, found: StoredPages | null): void;
  pagesRead(transfer: number, pages: readonly Uint8Array[] | null): void;
  purged(base: LogPosition): void;
  /** R5: a write has failed; the store takes nothing more. */
  diskFailed(code: "STORE_FAILED" | "STORE_FULL"): void;
  /** A batch has become durable. */
  synced(batch: LogBatch): void;
}

export interface DiskHost {
  readonly nowUs: number;
  readonly queue: EventQueue;
}

/** An event belongs to one opening of the disk: what is under way at a crash is heard of no more. */
interface Request {
  readonly generation: number;
  readonly id: number;
  readonly payload: unknown;
}

/**
 * One peer's disk: a database, and a sidecar beside it, with what `LogStorage` promises and a real one's weaknesses.
 * Batches are atomic; what is not synced at a crash is kept, lost or torn.
 */
export class SimDisk implements EventTarget {
  readonly peer: PeerId;
  /** What the store has on the medium; null while it has nothing. */
  database: Database = new Database();
  sidecar: Sidecar | null = null;
  wasAmnesiac = false;
  droppedTailCount = 0;
  /** Every latency is multiplied by it. */
  slowness = 1;
  /** The next write fails so; "full" stays until somebody makes room. */
  failure: "error" | "full" | null = null;
  /** Another peer's disk has been put in its place. */
  isForeign = false;
  /** What it held at some time before, both places. */
  earlier: DiskCopy | null = null;
  /** An old image has been put back, which nothing on the disk tells; it had reached so far. */
  rolledBackFrom: Zxid | null = null;
  readonly image: () => DiskImage = () => this.database.image();
  private readonly host: DiskHost;
  private readonly options: DiskOptions;
  private readonly dice: Dice;
  private user: DiskUser | null = null;
  private generation = 0;
  private writing: LogBatch | null = null;
  private isDurable = false;
  private draft: Uint8Array[] = [];
  private purges = 0;
  private isRaising = false;

  constructor(peer: PeerId, host: DiskHost, options: DiskOptions, dice: Dice) {
    this.peer = peer;
    this.host = host;
    this.options = options;
    this.dice = dice;
  }

  /** What `open` would find now, changing nothing. @throws CoterieError as `LogStorage.open` */
  inspect(): RecoveredLog {
    if (this.failure === "full") throw new CoterieError("STORE_FULL");
    const { database, sidecar, wasAmnesiac, droppedTailCount } = this;
    const hasDatabase = database.hardState !== null;
    return recover(this.peer, hasDatabase ? database : null, sidecar, wasAmnesiac, droppedTailCount);
  }

  /** @throws CoterieError */
  open(user: DiskUser): RecoveredLog {
    assert(this.user === null, "a disk is open once");
    const found = this.inspect();
    this.user = user;
    this.database.forgetPurged();
    if (found.kind === "open") {
      this.wasAmnesiac = found.hardState.isAmnesiac;
      this.database.hardState = found.hardState;
      this.database.changed();
      this.sidecar = { hardState: found.hardState, watermark: found.last };
      this.droppedTailCount = 0;
    }
    return found;
  }

  /** Whether the peer counts: it knows the cluster, remembers its promises and can read all of its log. */
  get isSound(): boolean {
    const { database, sidecar, wasAmnesiac } = this;
    if (this.isForeign || database.hardState === null || sidecar === null) return false;
    // A readmission counts when it stands twice: before that a crash takes it back.
    if (database.hardState.isAmnesiac || wasAmnesiac) return false;
    if (database.unreadable.size > 0 || this.hasDamagedPages) return false;
    // Until it has again what it had, others may know better than it does (ST-23).
    if (this.rolledBackFrom !== null && database.last.zxid < this.rolledBackFrom) return false;
    // What is open has been looked at, and its watermark lags.
    if (this.user !== null) return true;
    const found = recover(this.peer, database, sidecar, wasAmnesiac, 0);
    return found.kind === "open" && !found.hardState.isAmnesiac;
  }

  /** Then the state machine cannot be rebuilt from it. */
  get hasDamagedPages(): boolean {
    return this.database.checkpoint !== null && this.database.checkpoint.damaged.size > 0;
  }

  /** How many entries the write under way appends, if it does nothing that another order could undo. */
  get appendingCount(): number {
    const { writing } = this;
    if (writing === null || this.isDurable || writing.append === undefined) return 0;
    const { hardState, checkpoint, truncateAfter, repair } = writing;
    const isPlain = [hardState, checkpoint, truncateAfter, repair].every((part) => part === undefined);
    return isPlain ? writing.append.length : 0;
  }

  copy(): DiskCopy {
    return { database: this.database.copy(), sidecar: this.sidecar, wasAmnesiac: this.wasAmnesiac };
  }

  get isBlank(): boolean {
    return this.database.hardState === null && this.sidecar === null;
  }

  get isWriting(): boolean {
    return this.writing !== null;
  }

  /**
   * What was under way reaches the medium in another order than it was written in (ST-05): of the batch, which was
   * several records, a later one is there and some earlier ones are not. Call it before `crash`, and tell what it did.
   */
  reorder(): void {
    const append = this.writing!.append!;
    const lost = this.dice.below(append.length - 1);
    const end = 2 + lost + this.dice.below(append.length - 1 - lost);
    this.database.apply({ append: append.slice(0, end) }, []);
    for (const { zxid } of append.slice(lost, end - 1)) this.database.unreadable.add(zxid);
    this.database.changed();
    this.isDurable = true;
  }

  /** The process or the machine is gone. Gives what became of a batch that was not synced. */
  crash(): "none" | "kept" | "lost" | "torn" {
    const user = this.user;
    const batch = this.isDurable ? null : this.writing;
    this.user = null;
    this.generation++;
    this.writing = null;
    this.isRaising = false;
    const outcome = batch === null ? "none" : this.dice.pick(["kept", "lost", "lost", "torn"] as const);
    if (batch !== null && outcome === "kept") {
      this.applyBatch(batch);
      user?.synced(batch);
    }
    if (outcome === "torn" && this.database.hardState !== null) this.droppedTailCount++;
    this.draft = [];
    // Only now: what is said to be synced is said of a disk as the peer left it.
    if (this.database.purgedCount > 0 && this.dice.chance(0.5))
      this.database.unpurge(1 + this.dice.below(this.database.purgedCount));
    return outcome;
  }

  write(batch: LogBatch): void {
    assert(this.writing === null, "one write at a time");
    this.writing = batch;
    this.isDurable = false;
    if (this.lowersWatermark(batch)) this.later(WATERMARK_LOWERED, this.syncUs(), 0, batch);
    else this.later(DATABASE_SYNCED, this.syncUs(), 0, batch);
  }

  read(reading: number, range: ZxidRange, sizeMaxBytes: number): void {
    this.later(READ_DONE, this.readUs(), reading, { range, sizeMaxBytes });
  }

  addPages(pages: readonly Uint8Array[], isOwn: boolean): void {
    for (const page of pages) this.draft.push(page);
    this.later(PAGES_ADDED, this.readUs(), 0, isOwn);
  }

  /** A purge under way lets go of nothing more: another peer's checkpoint may take the place of its own. */
  dropPages(): void {
    this.draft = [];
    this.purges++;
  }

  openCheckpoint(transfer: number): void {
    this.later(OPENED, this.readUs(), transfer, null);
  }

  readPages(transfer: number, from: StoredPages, first: number, sizeMaxBytes: number): void {
    this.later(PAGES_READ, this.readUs(), transfer, { from, first, sizeMaxBytes });
  }

  purge(upTo: Zxid): void {
    this.later(PURGED, this.readUs(), this.purges, upTo);
  }

  handle(event: SimEvent): void {
    const { generation, id, payload } = event.detail as Request;
    const { user } = this;
    if (generation !== this.generation || user === null) return;
    switch (event.kind) {
      case WATERMARK_LOWERED:
        this.lowerWatermark(payload as LogBatch);
        return this.later(DATABASE_SYNCED, this.syncUs(), 0, payload);
      case DATABASE_SYNCED:
        return this.databaseSynced(payload as LogBatch, user);
      case SIDECAR_SYNCED:
        this.writeSidecar(payload as LogBatch);
        return this.finish(payload as LogBatch, user);
      case WATERMARK_RAISED:
        return this.raiseWatermark();
      case READ_DONE: {
        const { range, sizeMaxBytes } = payload as { range: ZxidRange; sizeMaxBytes: number };
        return user.logRead(id, this.database.read(range, sizeMaxBytes));
      }
      case PAGES_ADDED:
        return user.pagesAdded(payload as boolean);
      case OPENED:
        return user.checkpointOpened(id, this.database.checkpoint);
      case PAGES_READ: {
        const { from, first, sizeMaxBytes } = payload as { from: StoredPages; first: number; sizeMaxBytes: number };
        return user.pagesRead(id, readPages(from, first, sizeMaxBytes));
      }
      case PURGED:
        if (id === this.purges) this.database.purge(payload as Zxid);
        return user.purged(positionOf(this.database.base));
    }
  }

  private databaseSynced(batch: LogBatch, user: DiskUser): void {
    if (this.failure !== null) {
      // What a failed write has left behind is unknown: all of it, or nothing.
      if (this.dice.chance(0.5)) {
        this.applyBatch(batch);
        user.synced(batch);
      }
      this.isDurable = true;
      const code = this.failure === "full" ? "STORE_FULL" : "STORE_FAILED";
      if (this.failure === "error") this.failure = null;
      return user.diskFailed(code);
    }
    this.applyBatch(batch);
    this.isDurable = true;
    user.synced(batch);
    if (batch.hardState !== undefined) this.later(SIDECAR_SYNCED, this.syncUs(), 0, batch);
    else this.finish(batch, user);
  }

  private finish(batch: LogBatch, user: DiskUser): void {
    this.writing = null;
    if (!this.isRaising) {
      this.isRaising = true;
      this.later(WATERMARK_RAISED, this.dice.below(this.options.watermarkMaxUs), 0, null);
    }
    user.stored(batch);
  }

  private applyBatch(batch: LogBatch): void {
    const isFirst = this.database.hardState === null;
    assert(!isFirst || batch.hardState !== undefined, "the first batch creates the store");
    this.database.apply(batch, this.draft);
    if (batch.checkpoint !== undefined) this.draft = [];
    // After a crash in the batch that creates the store, all of it is there or nothing.
    if (isFirst) this.writeSidecar(batch);
  }

  private writeSidecar(batch: LogBatch): void {
    const hardState = batch.hardState!;
    this.sidecar = { hardState, watermark: this.sidecar?.watermark ?? LOG_START };
    this.wasAmnesiac = hardState.isAmnesiac;
  }

  private lowersWatermark(batch: LogBatch): boolean {
    const watermark = this.sidecar?.watermark.zxid ?? 0;
    if (batch.truncateAfter !== undefined && batch.truncateAfter < watermark) return true;
    return batch.checkpoint?.kind === "incoming" && batch.checkpoint.zxid < watermark;
  }

  private lowerWatermark(batch: LogBatch): void {
    if (this.sidecar === null) return;
    const zxid = batch.truncateAfter ?? batch.checkpoint?.zxid ?? LOG_START.zxid;
    this.sidecar = { ...this.sidecar, watermark: { zxid, chainHash: LOG_START.chainHash } };
  }

  private raiseWatermark(): void {
    this.isRaising = false;
    // A write that cuts the log off is under way: the watermark stays low until it has come about.
    if (this.sidecar === null || (this.writing !== null && this.lowersAny(this.writing))) return;
    this.sidecar = { ...this.sidecar, watermark: positionOf(this.database.last) };
  }

  private lowersAny(batch: LogBatch): boolean {
    return batch.truncateAfter !== undefined || batch.checkpoint?.kind === "incoming";
  }

  private later(kind: number, afterUs: number, id: number, payload: unknown): void {
    const request: Request = { generation: this.generation, id, payload };
    this.host.queue.push(this.host.nowUs + afterUs, this, kind, null, request);
  }

  private syncUs(): number {
    return this.dice.between(this.options.syncMinUs, this.options.syncMaxUs) * this.slowness;
  }

  private readUs(): number {
    return this.dice.below(this.options.readMaxUs) * this.slowness;
  }
}

/** Null if one of the pages is damaged. */
export function readPages(from: StoredPages, first: number, sizeMaxBytes: number): readonly Uint8Array[] | null {
  const pages: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let index = first; index < from.pages.length; index++) {
    const page = from.pages[index]!;
    sizeBytes += page.length;
    if (pages.length > 0 && sizeBytes > sizeMaxBytes) break;
    if (from.damaged.has(index)) return pages.length > 0 ? pages : null;
    pages.push(page);
  }
  return pages;
}
