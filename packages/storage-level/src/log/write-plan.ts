import {
  assert,
  chainHash,
  type CheckpointMark,
  type Clock,
  CoterieError,
  formatZxid,
  type HardState,
  type LogBatch,
  type LogEntry,
  type LogFault,
  type LogPosition,
  positionOf,
  type Zxid,
} from "@coterie/interface";
import type { Change, Database } from "../database/database.ts";
import { Pacer } from "../database/pacer.ts";
import { encodeLogRecord, type LogRecord } from "../format/log-record.ts";
import {
  type CheckpointRecord,
  encodeBase,
  encodeCheckpoint,
  encodeNotes,
  encodeState,
  type Segment,
} from "../format/records.ts";
import { STORAGE_LIMITS } from "../limits.ts";
import { isSame } from "../recovery/scan-log.ts";
import { faultBehind, faultsAbove, type StoredState } from "../recovery/stored-state.ts";
import { cutRecords } from "./cut-records.ts";
import { LogView } from "./log-view.ts";

/** What a batch does to the database, and what the store then knows. */
export interface WritePlan {
  readonly changes: readonly Change[];
  /** Only what the batch changes: a purge may run beside a write that only appends. */
  readonly next: Partial<StoredState>;
  /** Where the log ends at its lowest meanwhile: no second copy may say more. */
  readonly lowest: LogPosition;
}

/**
 * Whether a batch changes more than the end of the log. Then no purge may run beside it, and nothing that looks for
 * faults.
 */
export function changesLayout({ checkpoint, truncateAfter, repair }: LogBatch): boolean {
  return checkpoint !== undefined || truncateAfter !== undefined || repair !== undefined;
}

/** Takes the parts of a batch in their order. Misuse throws before anything is written. */
export class WritePlanner {
  private readonly clock: Clock;
  private readonly before: StoredState;
  private readonly view: LogView;
  private readonly changes: Change[] = [];
  private hardState: HardState;
  private base: LogPosition;
  private last: LogPosition;
  private lowest: LogPosition;
  private committed: Zxid;
  private faults: readonly LogFault[];
  private checkpoint: CheckpointRecord | null;
  private checkpointNumber: number;
  private stateNumber: number;

  /** With `isNumbered` the batch leaves a state record behind. */
  constructor(database: Database | null, clock: Clock, before: StoredState, isNumbered: boolean) {
    this.clock = clock;
    this.before = before;
    this.view = new LogView(database, before.logGeneration, before.hiddenKeys);
    this.hardState = before.hardState;
    this.base = before.base;
    this.last = before.last;
    this.lowest = before.last;
    this.committed = before.committed;
    this.faults = before.faults;
    this.checkpoint = before.checkpoint;
    this.checkpointNumber = before.checkpointNumber;
    this.stateNumber = before.stateNumber + (isNumbered ? 1 : 0);
  }

  /** `segment` is the draft, for a batch with a checkpoint. */
  async plan(batch: LogBatch, segment: Segment): Promise<WritePlan> {
    if (batch.hardState !== undefined) this.hardState = batch.hardState;
    if (batch.notes !== undefined) this.put(encodeNotes(batch.notes));
    if (batch.checkpoint !== undefined) await this.mark(batch.checkpoint, segment);
    if (batch.truncateAfter !== undefined) await this.truncate(batch.truncateAfter);
    if (batch.repair !== undefined) await this.repair(batch.repair);
    const committed = batch.committed ?? this.committed;
    if (batch.append !== undefined) await this.append(batch.append, committed);
    assert(committed >= this.committed, "what is committed stays so");
    assert(committed <= this.last.zxid, "what is committed stands in the log");
    this.committed = committed;
    return this.finish(batch);
  }

  private put(stored: { readonly key: Uint8Array; readonly value: Uint8Array }): void {
    this.changes.push({ kind: "put", stored });
  }

  private async mark(mark: CheckpointMark, segment: Segment): Promise<void> {
    assert(segment.pageCount === mark.pageCount, "the draft holds the pages that the mark counts");
    const { zxid, digest, kind } = mark;
    const position = positionOf(mark);
    if (kind === "incoming") this.replaceLog(position);
    else if (kind === "covering") await this.cover(position);
    else await this.checkInLog(position);
    const older = kind === "delta" ? this.checkpoint : null;
    assert(kind !== "delta" || older !== null, "a delta follows a checkpoint");
    const segments = [...(older?.segments ?? []), segment];
    assert(segments.length <= STORAGE_LIMITS.checkpointSegmentsMax, "a checkpoint has no more deltas than its limit");
    this.checkpoint = { stateNumber: this.stateNumber, position, digest, segments };
    this.checkpointNumber = this.stateNumber;
    if (this.committed < zxid) this.committed = zxid;
    this.put(encodeCheckpoint(this.checkpoint));
  }

  private async checkInLog(mark: LogPosition): Promise<void> {
    assert(mark.zxid >= this.base.zxid && mark.zxid <= this.last.zxid, "an own checkpoint stands in the log");
    assert(mark.zxid >= (this.checkpoint?.position.zxid ?? 0), "a checkpoint does not go back");
    const found = await this.positionAt(mark.zxid);
    // Inside a fault nothing is known.
    if (found === "unreadable") return;
    assert(found !== null && isSame(found, mark), "an own checkpoint stands at a position of the log");
  }

  /** The log moves to a generation of its own: whatever the old one holds is garbage from then on. */
  private replaceLog(mark: LogPosition): void {
    assert(this.committed <= mark.zxid, "nothing that is committed lies above an incoming checkpoint");
    this.view.generation++;
    this.base = mark;
    this.last = mark;
    if (mark.zxid < this.lowest.zxid) this.lowest = mark;
    this.faults = [];
    this.committed = mark.zxid;
    this.putBase();
  }

  private async cover(mark: LogPosition): Promise<void> {
    assert(mark.zxid >= this.base.zxid && mark.zxid <= this.last.zxid, "a covering checkpoint stands inside the log");
    const found = await this.positionAt(mark.zxid);
    assert(found === "unreadable" || (found !== null && isSame(found, mark)), "its mark is a position of the log");
    if (found !== "unreadable") {
      const record = await this.straddling(mark.zxid);
      if (record !== null)
        this.putRecord(
          mark,
          record.entries.filter(({ zxid }) => zxid > mark.zxid),
          record.committed,
        );
    }
    this.base = mark;
    this.faults = faultsAbove(this.faults, mark);
    this.putBase();
  }

  private async truncate(after: Zxid): Promise<void> {
    assert(after >= this.committed, "nothing that is committed is cut off");
    if (after === this.last.zxid) return;
    const end = after < this.last.zxid ? await this.positionAt(after) : null;
    if (end === "unreadable") throw damagedBehind(after);
    assert(end !== null, "a log is cut off behind an entry");
    const record = await this.straddling(after);
    await this.view.deleteBetween(after, null);
    if (record !== null)
      this.putRecord(
        record.before,
        record.entries.filter(({ zxid }) => zxid <= after),
        record.committed,
      );
    this.last = end;
    if (end.zxid < this.lowest.zxid) this.lowest = end;
    this.faults = this.faults.filter((fault) => fault.after.zxid < after);
  }

  private async repair(entries: readonly LogEntry[]): Promise<void> {
    const left: LogFault[] = [];
    for (const fault of this.faults) {
      // A purge, which runs beside, may have taken the fault's beginning away.
      const from = Math.max(fault.after.zxid, this.base.zxid);
      const filling = entries.filter(({ zxid }) => zxid > from && zxid <= fault.upTo.zxid);
      left.push(...(filling.length === 0 ? [fault] : await this.fill(fault, filling)));
    }
    this.faults = left;
  }

  /** What is left of the fault. */
  private async fill(fault: LogFault, entries: readonly LogEntry[]): Promise<LogFault[]> {
    // A reading has found since that the fault begins earlier; whoever repairs is told, and begins there.
    if (!leadsOn(fault.after, entries[0]!)) return [fault];
    const last = entries.at(-1)!;
    const isWhole = last.zxid === fault.upTo.zxid;
    assert(!isWhole || isSame(last, fault.upTo), "a repair arrives at the hash where its fault ends");
    // Each entry is held against the chain, from the fault's beginning on. What is still in doubt behind them (recovery/doubt.ts) must
    // not be vouched for by what is known as committed now.
    const committed = Math.min(this.committed, last.zxid) as Zxid;
    const records = await cutRecords(this.recordHead(committed), fault.after, entries, new Pacer(this.clock));
    await this.view.deleteBetween(fault.after.zxid, last.zxid);
    for (const record of records) this.view.put(record);
    return isWhole ? [] : [{ after: positionOf(last), upTo: fault.upTo }];
  }

  private async append(entries: readonly LogEntry[], committed: Zxid): Promise<void> {
    const pacer = new Pacer(this.clock);
    const records = await cutRecords(this.recordHead(committed), this.last, entries, pacer);
    for (const stored of records) this.view.put(stored);
    const last = entries.at(-1);
    if (last !== undefined) this.last = { zxid: last.zxid, chainHash: last.chainHash };
  }

  /** Null if the log has no such entry; "unreadable" if that cannot be said. */
  private async positionAt(zxid: Zxid): Promise<LogPosition | "unreadable" | null> {
    const edges = [this.base, this.last, ...this.faults.flatMap(({ after, upTo }) => [after, upTo])];
    const edge = edges.find((position) => position.zxid === zxid);
    if (edge !== undefined) return edge;
    if (faultBehind(this.faults, zxid) !== undefined) return "unreadable";
    const record = await this.view.recordAt(zxid);
    if (record === null) return null;
    // Somewhere between base and end, where no fault is known, each zxid lies in a record.
    if (record === "damaged" || record.before.zxid >= zxid) return "unreadable";
    const entry = record.entries.find((found) => found.zxid === zxid);
    return entry === undefined ? null : { zxid, chainHash: entry.chainHash };
  }

  /** The record that has entries on both sides of a position, if there is one. */
  private async straddling(zxid: Zxid): Promise<LogRecord | null> {
    if (zxid === this.last.zxid || faultBehind(this.faults, zxid) !== undefined) return null;
    const record = await this.view.recordAt((zxid + 1) as Zxid);
    if (record === "damaged") throw damagedBehind(zxid);
    return record !== null && record.before.zxid < zxid && record.end.zxid > zxid ? record : null;
  }

  private putRecord(before: LogPosition, entries: readonly LogEntry[], committed: Zxid): void {
    this.view.put(encodeLogRecord(this.view.generation, before, entries, committed, this.stateNumber));
  }

  private putBase(): void {
    this.put(encodeBase({ logGeneration: this.view.generation, base: this.base }));
  }

  private recordHead(committed: Zxid): { generation: number; committed: Zxid; stateNumber: number } {
    return { generation: this.view.generation, committed, stateNumber: this.stateNumber };
  }

  private finish(batch: LogBatch): WritePlan {
    const { before, last, committed, hardState, stateNumber } = this;
    const isNumbered = stateNumber > before.stateNumber;
    const logGeneration = this.view.generation;
    const checkpointNumber = this.checkpointNumber;
    if (isNumbered) {
      this.put(encodeState({ number: stateNumber, checkpointNumber, logGeneration, last, committed, hardState }));
    }
    const changes = [...this.view.changes, ...this.changes];
    const { lowest } = this;
    if (!changesLayout(batch)) return { changes, next: { hardState, stateNumber, last, committed }, lowest };
    const { base, faults, checkpoint } = this;
    const layout = { base, faults, checkpoint, checkpointNumber, logGeneration };
    return { changes, next: { hardState, stateNumber, last, committed, ...layout }, lowest };
  }
}

function leadsOn(before: LogPosition, { zxid, tag, bytes, chainHash: hash }: LogEntry): boolean {
  return hash === chainHash(before.chainHash, zxid, tag, bytes);
}

/** What is known of the log there is only found out by opening it. */
function damagedBehind(zxid: Zxid): CoterieError {
  return new CoterieError("STORE_CORRUPT", `the log is damaged behind ${formatZxid(zxid)}: open the store anew`);
}
