import type { Zxid } from "@coterie/interface";
import { type Change, type Database, isCorrupt } from "../database/database.ts";
import { Pacer } from "../database/pacer.ts";
import { readableKeys } from "../database/readable.ts";
import { keyBehind, keyText, logKeyBehind, logKeyFrom } from "../format/keys.ts";
import { decodeLogRecord, type LogRecord, type Stored } from "../format/log-record.ts";
import { STORAGE_LIMITS } from "../limits.ts";
import { logRange } from "../recovery/walk-log.ts";

/** The log records of a database (none, if there is no database yet) as a batch that is being made would leave them. */
export class LogView {
  private readonly database: Database | null;
  private readonly hidden: ReadonlySet<string>;
  private readonly puts = new Map<string, Stored>();
  private readonly deletes = new Map<string, Uint8Array>();
  generation: number;

  constructor(database: Database | null, generation: number, hidden: ReadonlySet<string>) {
    this.database = database;
    this.generation = generation;
    this.hidden = hidden;
  }

  put(stored: Stored): void {
    const name = keyText(stored.key);
    this.deletes.delete(name);
    this.puts.set(name, stored);
  }

  delete(key: Uint8Array): void {
    const name = keyText(key);
    this.puts.delete(name);
    this.deletes.set(name, key);
  }

  get changes(): Change[] {
    const deletes = [...this.deletes.values()].map((key): Change => ({ kind: "delete", key }));
    const puts = [...this.puts.values()].map((stored): Change => ({ kind: "put", stored }));
    return [...deletes, ...puts];
  }

  /** The first record that ends at `zxid` or above; "damaged" if it cannot be read, null if there is none. */
  async recordAt(zxid: Zxid): Promise<LogRecord | "damaged" | null> {
    try {
      const stored = await this.storedAt(zxid);
      return stored === null ? null : (decodeLogRecord(stored.key, stored.value) ?? "damaged");
    } catch (error) {
      if (isCorrupt(error)) return "damaged";
      throw error;
    }
  }

  private async storedAt(zxid: Zxid): Promise<Stored | null> {
    const from = logKeyFrom(this.generation, zxid);
    const put = [...this.puts.values()]
      .filter(({ key }) => Buffer.compare(key, from) >= 0)
      .sort((one, other) => Buffer.compare(one.key, other.key))[0];
    const own = await this.firstOwn(from);
    if (put === undefined || own === null) return put ?? own;
    return Buffer.compare(put.key, own.key) <= 0 ? put : own;
  }

  private async firstOwn(from: Uint8Array): Promise<Stored | null> {
    if (this.database === null) return null;
    const cursor = this.database.cursor({ from, end: logRange(this.generation).end }, { keysMax: 1 });
    try {
      for (let found = await cursor.next(); found.length > 0; found = await cursor.next()) {
        const stored = found[0]!;
        const name = keyText(stored.key);
        if (!this.hidden.has(name) && !this.deletes.has(name) && !this.puts.has(name)) return stored;
      }
      return null;
    } finally {
      await cursor.close();
    }
  }

  /** Deletes every record that ends above `after` and no higher than `upTo`. */
  async deleteBetween(after: Zxid, upTo: Zxid | null): Promise<void> {
    const from = logKeyBehind(this.generation, after);
    const end = upTo === null ? logRange(this.generation).end : logKeyBehind(this.generation, upTo);
    for (const { key } of this.puts.values()) {
      if (Buffer.compare(key, from) >= 0 && Buffer.compare(key, end) < 0) this.delete(key);
    }
    if (this.database === null) return;
    const pacer = new Pacer(this.database.clock);
    // What is in a block that cannot be read stays in there, and counts for as much as it does now: nothing.
    let next: Uint8Array = from;
    for (;;) {
      const keys = await readableKeys(this.database, { from: next, end }, STORAGE_LIMITS.pieceKeysMax);
      for (const key of keys) this.delete(key);
      if (keys.length < STORAGE_LIMITS.pieceKeysMax) return;
      next = keyBehind(keys.at(-1)!);
      await pacer.turn();
    }
  }
}
