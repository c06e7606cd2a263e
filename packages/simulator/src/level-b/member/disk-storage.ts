import {
  type CheckpointReader,
  CoterieError,
  type LogBatch,
  type LogPosition,
  type LogReading,
  type LogStorage,
  type LogStorageSupports,
  type RecoveredLog,
  type Zxid,
  type ZxidRange,
} from "@coterie/interface";
import type { DiskUser, SimDisk } from "../../disk/sim-disk.ts";
import type { StoredPages } from "../../disk/stored-pages.ts";
import type { SimProcess } from "../world/sim-process.ts";

interface Deferred<Value> {
  resolve(value: Value): void;
  reject(reason: Error): void;
}

export interface DiskStorageHost {
  readonly disk: SimDisk;
  readonly process: SimProcess;
  /** From a call that changes nothing on the medium to its answer. */
  readonly answerUs: () => number;
  after(delayUs: number, callback: () => void): void;
  /** A batch has become durable. */
  synced(batch: LogBatch): void;
}

/**
 * LogStorage over a simulated disk, for one life of one peer. What the disk brings comes into the peer's process as everything
 * else does; a life that is over hears nothing any more.
 */
export class DiskStorage implements LogStorage, DiskUser {
  readonly supports: LogStorageSupports = { durable: true };
  private readonly host: DiskStorageHost;
  private state: "closed" | "open" | "poisoned" = "closed";
  private wasOpened = false;
  private closing: Promise<void> | null = null;
  private underWay = 0;
  private atRest: (() => void) | null = null;
  private writing: Deferred<void> | null = null;
  private purging: Deferred<LogPosition> | null = null;
  private readonly adding: Deferred<void>[] = [];
  private readonly readings = new Map<number, Deferred<LogReading>>();
  private readonly openings = new Map<number, Deferred<StoredPages | null>>();
  private readonly pageReadings = new Map<number, Deferred<readonly Uint8Array[] | null>>();
  private ids = 0;

  constructor(host: DiskStorageHost) {
    this.host = host;
  }

  async open(): Promise<RecoveredLog> {
    if (this.wasOpened) throw new Error("a life opens its disk once");
    await this.answer();
    const found = this.host.disk.open(this);
    this.wasOpened = true;
    this.state = "open";
    return found;
  }

  write(batch: LogBatch): Promise<void> {
    return this.ask((deferred) => {
      this.host.disk.write(batch);
      this.writing = deferred;
    });
  }

  read(range: ZxidRange, sizeMaxBytes: number): Promise<LogReading> {
    return this.ask((deferred) => {
      const id = this.ids++;
      this.readings.set(id, deferred);
      this.host.disk.read(id, range, sizeMaxBytes);
    });
  }

  purge(upTo: Zxid): Promise<LogPosition> {
    return this.ask((deferred) => {
      if (this.purging !== null) throw new Error("one purge at a time");
      this.purging = deferred;
      this.host.disk.purge(upTo);
    });
  }

  addPages(pages: readonly Uint8Array[]): Promise<void> {
    return this.ask((deferred) => {
      this.adding.push(deferred);
      this.host.disk.addPages(pages, true);
    });
  }

  dropPages(): Promise<void> {
    return this.ask((deferred) => {
      this.host.disk.dropPages();
      void this.answer().then(() => deferred.resolve());
    });
  }

  async openCheckpoint(): Promise<CheckpointReader | null> {
    const from = await this.ask<StoredPages | null>((deferred) => {
      const id = this.ids++;
      this.openings.set(id, deferred);
      this.host.disk.openCheckpoint(id);
    });
    return from === null ? null : this.readerOf(from);
  }

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  stored(): void {
    const { writing } = this;
    this.writing = null;
    this.bring(() => writing?.resolve());
  }

  logRead(reading: number, result: LogReading): void {
    this.bring(() => take(this.readings, reading).resolve(result));
  }

  pagesAdded(): void {
    const adding = this.adding.shift();
    this.bring(() => adding?.resolve());
  }

  checkpointOpened(transfer: number, found: StoredPages | null): void {
    this.bring(() => take(this.openings, transfer).resolve(found));
  }

  pagesRead(transfer: number, pages: readonly Uint8Array[] | null): void {
    this.bring(() => take(this.pageReadings, transfer).resolve(pages));
  }

  purged(base: LogPosition): void {
    const { purging } = this;
    this.purging = null;
    this.bring(() => purging?.resolve(base));
  }

  diskFailed(code: "STORE_FAILED" | "STORE_FULL"): void {
    const { writing } = this;
    this.writing = null;
    this.state = "poisoned";
    this.bring(() => writing?.reject(new CoterieError(code)));
  }

  synced(batch: LogBatch): void {
    this.host.synced(batch);
  }

  private readerOf(from: StoredPages): CheckpointReader {
    let isClosed = false;
    const read = async (first: number, sizeMaxBytes: number): Promise<readonly Uint8Array[]> => {
      if (isClosed || first >= from.pages.length) return [];
      const pages = await this.ask<readonly Uint8Array[] | null>((deferred) => {
        const id = this.ids++;
        this.pageReadings.set(id, deferred);
        this.host.disk.readPages(id, from, first, sizeMaxBytes);
      });
      if (pages === null) throw new CoterieError("STORE_CORRUPT", `page ${first} cannot be read`);
      return pages;
    };
    const close = async (): Promise<void> => {
      isClosed = true;
    };
    return { checkpoint: from.stored, read, close };
  }

  private ask<Value>(begin: (deferred: Deferred<Value>) => void): Promise<Value> {
    if (this.state === "closed") return Promise.reject(new CoterieError("STORE_CLOSED"));
    if (this.state === "poisoned") return Promise.reject(new CoterieError("STORE_FAILED"));
    const done = new Promise<Value>((resolve, reject) => {
      begin({ resolve, reject });
    });
    this.underWay += 1;
    const ended = (): void => {
      this.underWay -= 1;
      if (this.underWay === 0) this.atRest?.();
    };
    done.then(ended, ended);
    return done;
  }

  private async closeOnce(): Promise<void> {
    if (!this.wasOpened) return;
    this.state = "closed";
    if (this.underWay > 0) {
      await new Promise<void>((resolve) => {
        this.atRest = resolve;
      });
    }
    await this.answer();
    // Nothing is under way that it could undo.
    this.host.disk.crash();
  }

  private answer(): Promise<void> {
    return new Promise((resolve) => {
      this.host.after(this.host.answerUs(), () => this.bring(resolve));
    });
  }

  private bring(callback: () => void): void {
    this.host.process.input(callback);
  }
}

function take<Value>(from: Map<number, Value>, id: number): Value {
  const found = from.get(id)!;
  from.delete(id);
  return found;
}
