import type { LogEntry, LogPosition, Zxid, ZxidRange } from "@coterie/interface";
import type { Database } from "../database/database.ts";
import { Pacer } from "../database/pacer.ts";
import { keyText } from "../format/keys.ts";
import { decodeLogRecord, type LogRecord } from "../format/log-record.ts";
import { isSame } from "../recovery/scan-log.ts";
import type { StoredState } from "../recovery/stored-state.ts";
import { walkLog } from "../recovery/walk-log.ts";

/** What the records gave: entries, and whether they led to where they had to. */
export interface RangeReading {
  readonly entries: readonly LogEntry[];
  /** Something is missing or does not check out behind the entries. */
  readonly isBroken: boolean;
}

/** Records of one reading are asked for in few: entries are mostly wanted by the batch. */
const RECORDS_AT_A_TIME = 16;

/**
 * Entries above `after`, up to `upTo`, where `state` knows of no fault; the database as it is at the moment of the call.
 * A reading stops at what is not sound, and says so.
 */
export async function readEntries(
  database: Database,
  state: StoredState,
  { after, upTo }: ZxidRange,
  sizeMaxBytes: number,
): Promise<RangeReading> {
  const reading = new RangeReader(after, Math.min(upTo, state.last.zxid) as Zxid, sizeMaxBytes);
  const pacer = new Pacer(database.clock);
  for await (const found of walkLog(database, state.logGeneration, (after + 1) as Zxid, RECORDS_AT_A_TIME)) {
    for (const { key, value } of found) {
      if (state.hiddenKeys.has(keyText(key))) continue;
      // A copy: what is handed out belongs to the caller, and a database in memory gives what it keeps.
      const record = decodeLogRecord(key, Buffer.from(value));
      reading.add(record);
      if (reading.isDone) return reading.result();
      const spent = pacer.spendRecord(value.length, record);
      if (spent !== null) await spent;
    }
  }
  return reading.result();
}

class RangeReader {
  isDone = false;
  private readonly after: Zxid;
  private readonly upTo: Zxid;
  private readonly sizeMaxBytes: number;
  private readonly entries: LogEntry[] = [];
  private sizeBytes = 0;
  private at: LogPosition | null = null;
  private isBroken = false;
  private isFull = false;

  constructor(after: Zxid, upTo: Zxid, sizeMaxBytes: number) {
    this.after = after;
    this.upTo = upTo;
    this.sizeMaxBytes = sizeMaxBytes;
    this.isDone = upTo <= after;
  }

  /** What stands between two records that lead on from each other counts for nothing, as when the log is scanned. */
  add(record: LogRecord | null): void {
    if (this.isDone || record === null) return;
    const { before } = record;
    const at = this.at?.zxid ?? this.after;
    if (before.zxid > at) {
      this.isBroken = true;
      this.isDone = true;
      return;
    }
    if (this.at !== null && !isSame(before, this.at)) return;
    for (const entry of record.entries) {
      if (entry.zxid <= this.after) continue;
      if (entry.zxid > this.upTo) break;
      this.sizeBytes += entry.bytes.length;
      if (this.entries.length > 0 && this.sizeBytes > this.sizeMaxBytes) {
        this.isFull = true;
        break;
      }
      this.entries.push(entry);
    }
    this.at = record.end;
    this.isDone = this.isFull || record.end.zxid >= this.upTo;
  }

  /** Whoever reaches the end of the records without having reached the end of the range misses something. */
  result(): RangeReading {
    return { entries: this.entries, isBroken: this.isBroken || !this.isDone };
  }
}
