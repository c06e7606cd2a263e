import { assert, type Clock, CoterieError } from "@coterie/interface";
import { KEYS, LOG_KEYS_END, logGenerationKey } from "../format/keys.ts";
import type { Stored } from "../format/log-record.ts";
import { decodeJournalMark, encodeJournalMark } from "../format/records.ts";
import { decodeStoreFormat, formatOf, STORE_FORMAT } from "../format/store-format.ts";
import type { Journal, LogChange } from "../journal/file-journal.ts";
import { type LogKey, toLogKey } from "../journal/log-key.ts";
import { type Cursor, type KeyRange, LevelCursor, MergedCursor } from "./cursor.ts";
import { Pacer } from "./pacer.ts";
import type { LevelDatabase } from "./place.ts";
import { toStoreError, toWriteError } from "./store-error.ts";

/** What becomes of one key. */
export type Change =
  | { readonly kind: "put"; readonly stored: Stored }
  | { readonly kind: "delete"; readonly key: Uint8Array };

/** How many keys a cursor asks for at a time; `pieceSizeMaxBytes` bounds them where the database can count bytes. */
const CURSOR_KEYS = 64;
/** Likewise of a journal, of which nothing has to be crossed. */
const JOURNAL_CURSOR_KEYS = 1024;

/** All keys of log records. */
const LOG_KEYS: KeyRange = { from: logGenerationKey(0), end: LOG_KEYS_END };

/**
 * What this package asks of an open database. Whatever fails rejects with a CoterieError. With a journal the log records are in
 * there, but for those that an older version has left in the database itself, and whoever asks sees no difference.
 */
export class Database {
  readonly clock: Clock;
  private readonly level: LevelDatabase;
  private readonly journal: Journal | null;
  /** Whether the database itself may hold log records, beside a journal; one that was made just now holds none. */
  private hasLogKeys = false;

  constructor(level: LevelDatabase, clock: Clock, journal: Journal | null) {
    this.level = level;
    this.clock = clock;
    this.journal = journal;
  }

  /** The format of what is written. */
  get format(): number {
    return formatOf(this.journal);
  }

  /** Batches to the log that are missing between others that are there. */
  get gapCount(): number {
    return this.journal?.gapCount ?? 0;
  }

  /** Whether the journal ends in what a crash has left of a batch. */
  get isTorn(): boolean {
    return this.journal?.isTorn ?? false;
  }

  /** Before anything else: reads the journal. Changes nothing. */
  async start(): Promise<void> {
    const { journal } = this;
    if (journal === null) return;
    const stored = await this.getSound(KEYS.format);
    const format = stored === undefined ? "damaged" : decodeStoreFormat(stored);
    try {
      const marked = await this.markedFrame();
      // What an older version has written knows of no journal: one that stands there was left over. But what has a mark has one,
      // even if a table has brought an older format back.
      if (format === STORE_FORMAT || format === "damaged" || marked > 0) await journal.open(marked);
      else await journal.leave();
    } catch (error) {
      throw toStoreError(error, `opening ${journal.name}`);
    }
    const own = await this.levelKeys(LOG_KEYS, 1).catch((error: unknown) => {
      if (isCorrupt(error)) return [LOG_KEYS.from];
      throw error;
    });
    this.hasLogKeys = own.length > 0;
  }

  /** The last frame of which the database took what goes with it; where that cannot be read, it is taken for granted. */
  private async markedFrame(): Promise<number> {
    try {
      const stored = await this.get(KEYS.journal);
      return stored === undefined ? 0 : (decodeJournalMark(stored) ?? Infinity);
    } catch (error) {
      if (isCorrupt(error)) return Infinity;
      throw error;
    }
  }

  /** One atomic batch; with `isSynced` it resolves when that is durable. Large ones are handed over piece by piece. */
  async commit(changes: readonly Change[], isSynced: boolean): Promise<void> {
    if (this.journal === null) return this.commitToLevel(changes, isSynced);
    const { log, others } = this.divide(changes);
    if (log.length === 0) return this.commitToLevel(changes, isSynced);
    if (isSynced) await this.commitToJournal(this.journal, log, others);
    else await this.forget(this.journal, log, others);
  }

  /** What goes to the journal, and what to the database itself. */
  private divide(changes: readonly Change[]): { readonly log: LogChange[]; readonly others: Change[] } {
    const log: LogChange[] = [];
    const others: Change[] = [];
    for (const change of changes) {
      const key = toLogKey(change.kind === "put" ? change.stored.key : change.key);
      if (key === null) others.push(change);
      else if (change.kind === "put") log.push({ key, value: change.stored.value });
      else {
        log.push({ key, value: null });
        if (this.hasLogKeys) others.push(change);
      }
    }
    return { log, others };
  }

  private async commitToJournal(journal: Journal, log: readonly LogChange[], others: readonly Change[]): Promise<void> {
    const isAlone = others.length === 0;
    let number: number;
    try {
      number = await journal.append(log, !isAlone, new Pacer(this.clock));
    } catch (error) {
      throw toWriteError(error, "writing to the journal");
    }
    if (isAlone) return;
    // The frame counts once this is there. Before, a crash leaves neither.
    await this.commitToLevel([...others, { kind: "put", stored: encodeJournalMark(number) }], true);
    journal.settle();
  }

  /** What counts for nothing already may be there again after a crash. */
  private async forget(journal: Journal, log: readonly LogChange[], others: readonly Change[]): Promise<void> {
    const keys = log.map(({ key, value }): LogKey => {
      assert(value === null, "what is put into the log is synced");
      return key;
    });
    if (others.length > 0) await this.commitToLevel(others, false);
    journal.forget(keys);
  }

  private async commitToLevel(changes: readonly Change[], isSynced: boolean): Promise<void> {
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
    const isReverse = options.reverse ?? false;
    const { journal } = this;
    const level = (): Cursor => new LevelCursor(this.level, range, isReverse, options.keysMax ?? CURSOR_KEYS);
    if (journal === null || !mayHoldLogKeys(range)) return level();
    const own = journal.cursor(range, { isReverse, keysMax: options.keysMax ?? JOURNAL_CURSOR_KEYS });
    return !this.hasLogKeys && holdsOnlyLogKeys(range) ? own : new MergedCursor(level(), own, isReverse);
  }

  /** The first keys of a range, all of one moment; no more than `limit`. */
  async keys(range: KeyRange, limit: number): Promise<Uint8Array[]> {
    if (this.journal === null || !mayHoldLogKeys(range)) return this.levelKeys(range, limit);
    const own = this.journal.keys(range, limit);
    if (!this.hasLogKeys && holdsOnlyLogKeys(range)) return own;
    const all = [...(await this.levelKeys(range, limit)), ...own].sort((one, other) => Buffer.compare(one, other));
    return all.filter((key, index) => index === 0 || Buffer.compare(all[index - 1]!, key) !== 0).slice(0, limit);
  }

  private async levelKeys({ from, end }: KeyRange, limit: number): Promise<Uint8Array[]> {
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
      // First: it is the lock of the database that keeps others away.
      await this.journal?.close();
      await this.level.close();
    } catch (error) {
      throw toStoreError(error, "closing the store");
    }
  }
}

function mayHoldLogKeys({ from, end }: KeyRange): boolean {
  return Buffer.compare(end, LOG_KEYS.from) > 0 && Buffer.compare(from, LOG_KEYS.end) < 0;
}

function holdsOnlyLogKeys({ from, end }: KeyRange): boolean {
  return Buffer.compare(from, LOG_KEYS.from) >= 0 && Buffer.compare(end, LOG_KEYS.end) <= 0;
}

export function isCorrupt(error: unknown): boolean {
  return error instanceof CoterieError && error.code === "STORE_CORRUPT";
}
