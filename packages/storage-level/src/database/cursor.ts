import type { AbstractIterator } from "abstract-level";
import type { Stored } from "../format/log-record.ts";
import { STORAGE_LIMITS } from "../limits.ts";
import type { LevelDatabase } from "./place.ts";
import { toStoreError } from "./store-error.ts";

/** Reads on from where it stands; several keys at a time, since each crossing into a database costs. */
export interface Cursor {
  /** Empty at the end of the range. Whatever fails rejects with a CoterieError. */
  next(): Promise<readonly Stored[]>;
  close(): Promise<void>;
}

export interface KeyRange {
  /** The first key that is in it. */
  readonly from: Uint8Array;
  /** The first one that is not. */
  readonly end: Uint8Array;
}

/** What an abstract-level database holds. */
export class LevelCursor implements Cursor {
  private readonly iterator: AbstractIterator<LevelDatabase, Uint8Array, Uint8Array>;
  private readonly keysMax: number;

  constructor(level: LevelDatabase, { from, end }: KeyRange, reverse: boolean, keysMax: number) {
    const bounds = { gte: from, lt: end, reverse };
    // Databases that count bytes stop there; others give `keysMax` keys.
    const options = { ...bounds, highWaterMarkBytes: STORAGE_LIMITS.pieceSizeMaxBytes };
    this.iterator = level.iterator(options);
    this.keysMax = keysMax;
  }

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

/** What two cursors of one range give, in order; of one key the second one's value counts. */
export class MergedCursor implements Cursor {
  private readonly sources: readonly [Source, Source];
  private readonly sign: 1 | -1;

  constructor(older: Cursor, newer: Cursor, reverse: boolean) {
    this.sources = [new Source(older), new Source(newer)];
    this.sign = reverse ? -1 : 1;
  }

  async next(): Promise<readonly Stored[]> {
    const [older, newer] = this.sources;
    await older.fill();
    await newer.fill();
    const merged: Stored[] = [];
    for (;;) {
      const [one, other] = [older.first, newer.first];
      if (one === undefined && other === undefined) return merged;
      // What the one without anything left would give next may come before.
      if ((one === undefined && !older.isAtEnd) || (other === undefined && !newer.isAtEnd)) return merged;
      const order = one === undefined ? 1 : other === undefined ? -1 : Buffer.compare(one.key, other.key) * this.sign;
      merged.push(order < 0 ? one! : other!);
      if (order <= 0) older.skip();
      if (order >= 0) newer.skip();
    }
  }

  async close(): Promise<void> {
    for (const source of this.sources) await source.cursor.close();
  }
}

/** What a cursor has given and nobody has taken yet. */
class Source {
  readonly cursor: Cursor;
  isAtEnd = false;
  private found: readonly Stored[] = [];
  private at = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  async fill(): Promise<void> {
    if (this.isAtEnd || this.at < this.found.length) return;
    this.found = await this.cursor.next();
    this.at = 0;
    this.isAtEnd = this.found.length === 0;
  }

  get first(): Stored | undefined {
    return this.found[this.at];
  }

  skip(): void {
    this.at++;
  }
}
