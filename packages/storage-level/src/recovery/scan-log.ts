import { epochOf, type LogFault, type LogPosition, type Zxid } from "@coterie/interface";
import type { Database } from "../database/database.ts";
import { Pacer } from "../database/pacer.ts";
import { keyText, parseLogKey } from "../format/keys.ts";
import { decodeLogRecord, type LogRecord, type Stored } from "../format/log-record.ts";
import { Doubt } from "./doubt.ts";
import { walkLog } from "./walk-log.ts";

export interface ScanOptions {
  readonly generation: number;
  readonly base: LogPosition;
  /** Up to here the log has been whole; a record above it that is not, at the end of the log, is a torn tail (R4). */
  readonly floor: Zxid;
  /** Keys that count for nothing. */
  readonly hidden: ReadonlySet<string>;
  /** A position that the log has had; see `ScannedLog.isMarkFound`. */
  readonly mark: LogPosition | null;
  /** Where the log ended when the state record was written: what lies above it was written later. */
  readonly state: { readonly number: number; readonly last: LogPosition } | null;
  /** The log was whole since it was opened: what stands before a hole has always stood there. */
  readonly wasWhole: boolean;
}

/** What the records of a log come to. */
export interface ScannedLog {
  readonly last: LogPosition;
  readonly committed: Zxid;
  readonly epochEnds: readonly LogPosition[];
  readonly faults: readonly LogFault[];
  /** Keys of a torn tail. */
  readonly droppedKeys: readonly Uint8Array[];
  /** The highest number of a state record that a record knows. */
  readonly stateNumberMax: number;
  /** There are sound records that a truncation has removed, so that others do not lead on from them. */
  readonly hasStale: boolean;
  /** False if the log, where it can be read, has another hash at the mark, or no entry there. */
  readonly isMarkFound: boolean;
  readonly recordCount: number;
  readonly sizeBytes: number;
}

/** Reads a log from its base to its end and checks all of it, in bounded pieces. */
export async function scanLog(database: Database, options: ScanOptions): Promise<ScannedLog> {
  const scan = new LogScan(options);
  const { generation, base, hidden } = options;
  const pacer = new Pacer(database.clock);
  for await (const found of walkLog(database, generation, (base.zxid + 1) as Zxid)) {
    for (const stored of found) {
      const record = hidden.has(keyText(stored.key)) ? null : scan.add(stored);
      const spent = pacer.spendRecord(stored.value.length, record);
      if (spent !== null) await spent;
    }
  }
  return scan.finish();
}

class LogScan {
  private readonly options: ScanOptions;
  private last: LogPosition;
  private committed = 0;
  private readonly epochEnds: LogPosition[] = [];
  private readonly faults: LogFault[] = [];
  /** Records above the last sound one that cannot be read. */
  private damaged: { readonly key: Uint8Array; readonly end: LogPosition | null }[] = [];
  private stateNumberMax = 0;
  private hasStale = false;
  private isMarkFound: boolean;
  private readonly doubt: Doubt | null;
  private recordCount = 0;
  private sizeBytes = 0;

  constructor(options: ScanOptions) {
    this.options = options;
    this.last = options.base;
    const { mark, base, wasWhole } = options;
    this.doubt = wasWhole ? null : new Doubt(base);
    this.isMarkFound = mark === null || mark.zxid < base.zxid || isSame(mark, base);
  }

  /** Gives the record back, unless it is damaged. */
  add({ key, value }: Stored): LogRecord | null {
    this.recordCount++;
    this.sizeBytes += value.length;
    const record = decodeLogRecord(key, value);
    if (record === null) this.damaged.push({ key, end: parseLogKey(key)?.end ?? null });
    else this.addSound(record);
    return record;
  }

  private addSound(record: LogRecord): void {
    this.stateNumberMax = Math.max(this.stateNumberMax, record.stateNumber);
    const { before } = record;
    if (isStaleBy(this.options.state, record)) this.hasStale = true;
    if (this.leadsOnFromBase(record)) return this.addRecord(record);
    if (before.zxid < this.last.zxid || (before.zxid === this.last.zxid && before.chainHash !== this.last.chainHash)) {
      this.hasStale = true;
      return;
    }
    if (before.zxid > this.last.zxid) this.addFault(before, record.stateNumber);
    this.addRecord(record);
  }

  /** A base that was made up, since the stored one is gone, may stand inside a record. */
  private leadsOnFromBase({ before, entries }: LogRecord): boolean {
    const { base } = this.options;
    if (this.last !== base || before.zxid >= base.zxid) return false;
    return entries.some((entry) => isSame(entry, base));
  }

  private addRecord(record: LogRecord): void {
    this.damaged = [];
    this.committed = Math.max(this.committed, record.committed);
    this.doubt?.add(record, this.committed as Zxid);
    this.addEntries(record);
  }

  private addEntries({ entries, end }: LogRecord): void {
    const { mark } = this.options;
    const isNear = mark !== null && mark.zxid > this.last.zxid && mark.zxid <= end.zxid;
    for (const entry of entries) {
      if (entry.zxid <= this.last.zxid) continue;
      this.noteEpochEnd(entry);
      if (isNear && isSame(entry, mark)) this.isMarkFound = true;
    }
    this.last = end;
  }

  /** What lies between the last sound position and `upTo` cannot be read; `stateNumber`: of what stands behind it, if known. */
  private addFault(upTo: LogPosition, stateNumber: number | null): void {
    const { mark } = this.options;
    const after = this.withoutDoubted(upTo, stateNumber);
    this.faults.push({ after, upTo });
    // Nothing is known of a mark inside a fault; so it is not said to be missing.
    if (mark !== null && mark.zxid > after.zxid && (mark.zxid < upTo.zxid || isSame(mark, upTo))) {
      this.isMarkFound = true;
    }
    this.noteEpochEnd(upTo);
    this.doubt?.goOn(upTo);
    this.last = upTo;
  }

  /** Where the fault before `upTo` begins: what it leaves in doubt is part of it. */
  private withoutDoubted(upTo: LogPosition, stateNumber: number | null): LogPosition {
    const after = this.doubt?.beginningOf(this.last, upTo, stateNumber) ?? this.last;
    if (after === this.last) return after;
    const { epochEnds } = this;
    while (epochEnds.length > 0 && epochEnds.at(-1)!.zxid > after.zxid) epochEnds.pop();
    if (after.zxid > this.options.base.zxid) this.noteEpochEnd(after);
    return after;
  }

  private noteEpochEnd({ zxid, chainHash }: LogPosition): void {
    const before = this.epochEnds.at(-1);
    if (before !== undefined && epochOf(before.zxid) === epochOf(zxid)) this.epochEnds.pop();
    this.epochEnds.push({ zxid, chainHash });
  }

  finish(): ScannedLog {
    const { mark, floor, state } = this.options;
    const droppedKeys: Uint8Array[] = [];
    let faultEnd: LogPosition | null = null;
    for (const { key, end } of this.damaged) {
      const isTorn = end === null || end.zxid > Math.max(floor, this.committed);
      if (isTorn) droppedKeys.push(key);
      else faultEnd = end;
    }
    if (faultEnd !== null) this.addFault(faultEnd, state?.number ?? null);
    return {
      last: this.last,
      committed: Math.min(this.committed, this.last.zxid) as Zxid,
      epochEnds: this.epochEnds,
      faults: this.faults,
      droppedKeys,
      stateNumberMax: this.stateNumberMax,
      hasStale: this.hasStale,
      isMarkFound: this.isMarkFound || (mark !== null && mark.zxid > this.last.zxid),
      recordCount: this.recordCount,
      sizeBytes: this.sizeBytes,
    };
  }
}

/** Whether the state record says that the log ended below this record after it had been written. */
export function isStaleBy(state: ScanOptions["state"], { end, stateNumber }: LogRecord): boolean {
  return state !== null && end.zxid > state.last.zxid && stateNumber < state.number;
}

export function isSame(one: LogPosition, other: LogPosition): boolean {
  return one.zxid === other.zxid && one.chainHash === other.chainHash;
}
