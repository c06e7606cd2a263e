import { type Clock, CoterieError } from "@coterie/interface";
import type { AbstractIterator } from "abstract-level";
import type { Stored } from "../format/log-record.ts";
import { STORAGE_LIMITS } from "../limits.ts";
import { Pacer } from "./pacer.ts";
import type { LevelDatabase } from "./place.ts";
import { toStoreError, toWriteError } from "./store-error.ts";

/** What becomes of one key. */
export type Change =
  | { readonly kind: "put"; readonly stored: Stored }
  | { readonly kind: "delete"; readonly key: Uint8Array };

export interface KeyRange {
  /** The first key that is in it. */
  readonly from: Uint8Array;
  /** The first one that is not. */
  readonly end: Uint8Array;
}

/** How many keys a cursor asks for at a time; `pieceSizeMaxBytes` bounds them where the database can count bytes. */
const CURSOR_KEYS = 64;

/** What this package asks of an open database. Whatever fails rejects with a CoterieError. */
export class Database {
  readonly level: LevelDatabase;
  readonly clock: Clock;

  constructor(level: LevelDatabase, clock: Clock) {
    this.level = level;
    this.clock = clock;
  }

  /** One atomic batch; with `isSynced` it resolves when that is durable. Large ones are handed over piece by piece. */
  async commit(changes: readonly Change[], isSynced: boolean): Promise<void> {
    // Only databases on a disk know the option; the others ignore it.
    const options = { sync: isSynced } as object;
    let batch: ReturnType<typeof this.level.batch> | null = null;
    try {
      batch = this.level.batch();
      const pacer = new Pacer(this.clock);
      for (const change of changes) {
        if (change.kind === "put") batch.put(change.stored.key, change.stored.value);
        else batch.del(change.key);
        const spent = change.kind === "put" ? pacer.spendItem(change.stored.value.length) : pacer.spendKey();
        if (spent !== null) await spent;
      }
      await batch.write(options);
    } catch (error) {
      await batch?.close().catch(() => undefined);
      throw toWriteError(error, "writing to the store");
    }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.level.get(key);
    } catch (error) {
      throw toStoreError(error, "reading from the store");
    }
  }

  /** As `get`; a value that the database itself finds damaged is as good as none. */
  async getSound(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.get(key);
    } catch (error) {
      if (isCorrupt(error)) return undefined;
      throw error;
    }
  }

  /** What stands in a range at the moment of the call, key by key. Close it. */
  cursor(range: KeyRange, options: { readonly reverse?: boolean; readonly keysMax?: number } = {}): Cursor {
    return new Cursor(this.level, range, options.reverse ?? false, options.keysMax ?? CURSOR_KEYS);
  }

  /** The first keys of a range, all of one moment; no more than `limit`. */
  async keys({ from, end }: KeyRange, limit: number): Promise<Uint8Array[]> {
    try {
      return await this.level.keys({ gte: from, lt: end, limit }).all();
    } catch (error) {
      throw toStoreError(error, "reading from the store");
    }
  }

  /** The first, or the last, key and value of a range. */
  async edge(range: KeyRange, reverse: boolean): Promise<Stored | null> {
    const cursor = this.cursor(range, { reverse, keysMax: 1 });
    try {
      return (await cursor.next())[0] ?? null;
    } finally {
      await cursor.close();
    }
  }

  async close(): Promise<void> {
    try {
      await this.level.close();
    } catch (error) {
      throw toStoreError(error, "closing the store");
    }
  }
}

/** Reads on from where it stands; several keys at a time, since each crossing into a database costs. */
export class Cursor {
  private readonly iterator: AbstractIterator<LevelDatabase, Uint8Array, Uint8Array>;
  private readonly keysMax: number;

  constructor(level: LevelDatabase, { from, end }: KeyRange, reverse: boolean, keysMax: number) {
    const bounds = { gte: from, lt: end, reverse };
    // Databases that count bytes stop there; others give `keysMax` keys.
    const options = { ...bounds, highWaterMarkBytes: STORAGE_LIMITS.pieceSizeMaxBytes };
    this.iterator = level.iterator(options);
    this.keysMax = keysMax;
  }

  /** Empty at the end of the range. */
  async next(): Promise<readonly Stored[]> {
    try {
      const found = await this.iterator.nextv(this.keysMax);
      return found.map(([key, value]) => ({ key, value }));
    } catch (error) {
      throw toStoreError(error, "reading from the store");
    }
  }

  async close(): Promise<void> {
    await this.iterator.close().catch(() => undefined);
  }
}

export function isCorrupt(error: unknown): boolean {
  return error instanceof CoterieError && error.code === "STORE_CORRUPT";
}
