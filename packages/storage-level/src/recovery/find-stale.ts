import type { LogPosition, Zxid } from "@coterie/interface";
import type { Database } from "../database/database.ts";
import { Pacer } from "../database/pacer.ts";
import { keyText } from "../format/keys.ts";
import { decodeLogRecord } from "../format/log-record.ts";
import { isSame, isStaleBy, type ScanOptions } from "./scan-log.ts";
import { walkLog } from "./walk-log.ts";

interface Head {
  readonly key: string;
  readonly before: LogPosition;
  readonly end: LogPosition;
  readonly stateNumber: number;
}

/**
 * Keys of records that a truncation had removed and that are there again, since the database has lost the batch that
 * removed them and kept later ones. It goes from the end to the beginning: a record says what came before it, and of two
 * that contradict each other the one that knows the later state record is right.
 */
export async function findStale(database: Database, options: ScanOptions): Promise<Set<string>> {
  const stale = new Set<string>();
  const kept: Head[] = [];
  for (const head of (await readHeads(database, options, stale)).reverse()) {
    while (kept.length > 0 && contradicts(kept.at(-1)!, head) && kept.at(-1)!.stateNumber < head.stateNumber) {
      stale.add(kept.pop()!.key);
    }
    const above = kept.at(-1);
    if (above !== undefined && contradicts(above, head)) stale.add(head.key);
    else kept.push(head);
  }
  return stale;
}

function contradicts(above: Head, { end }: Head): boolean {
  return end.zxid > above.before.zxid || (end.zxid === above.before.zxid && !isSame(end, above.before));
}

async function readHeads(database: Database, options: ScanOptions, stale: Set<string>): Promise<Head[]> {
  const { generation, base, state } = options;
  const heads: Head[] = [];
  const pacer = new Pacer(database.clock);
  for await (const found of walkLog(database, generation, (base.zxid + 1) as Zxid)) {
    for (const { key, value } of found) {
      const record = decodeLogRecord(key, value);
      const spent = pacer.spendRecord(value.length, record);
      if (spent !== null) await spent;
      if (record === null) continue;
      const { before, end, stateNumber } = record;
      if (isStaleBy(state, record)) stale.add(keyText(key));
      else heads.push({ key: keyText(key), before, end, stateNumber });
    }
  }
  return heads;
}
