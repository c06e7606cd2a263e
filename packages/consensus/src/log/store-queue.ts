import {
  assert,
  type CheckpointMark,
  type HardState,
  type LogBatch,
  type LogEntry,
  type LogPosition,
  positionOf,
  type Zxid,
} from "@coterie/interface";

type EntriesChange = Extract<Change, { readonly entries: readonly LogEntry[] }>;

/** One change that waits for the disk. */
type Change =
  | { readonly kind: "hard-state"; readonly hardState: HardState }
  | { readonly kind: "checkpoint"; readonly mark: CheckpointMark }
  | { readonly kind: "truncate"; readonly after: Zxid }
  | { readonly kind: "repair"; readonly after: LogPosition; readonly entries: readonly LogEntry[] }
  | { readonly kind: "append"; readonly entries: readonly LogEntry[] };

export interface BatchLimits {
  readonly batchEntriesMax: number;
  readonly batchSizeMaxBytes: number;
}

/** A batch that whoever takes it may add to, as long as it is not handed over. */
export type Draft = { -readonly [Part in keyof LogBatch]: LogBatch[Part] } & {
  append?: LogEntry[];
  repair?: LogEntry[];
};

/**
 * What waits for the disk, in order. One batch is under way at a time; what gathers meanwhile is the next: that is the
 * group commit. A batch takes as many changes as fit its fixed order of parts; changes never overtake each other.
 */
export class StoreQueue {
  /** What stands on disk. */
  durable: HardState | null;
  inFlight: LogBatch | null = null;
  /** Ticks for which the batch under way has been under way. */
  inFlightTicks = 0;
  /** How many changes have been handed in, and how many of them are on disk: what came before a change is there with it. */
  begun = 0;
  finished = 0;
  private readonly limits: BatchLimits;
  private changes: Change[] = [];
  private inFlightCount = 0;
  /** Where the repair of the batch under way begins; null if it has none. */
  repairAfter: LogPosition | null = null;

  constructor(durable: HardState | null, limits: BatchLimits) {
    this.durable = durable;
    this.limits = limits;
  }

  /** Whether everything has reached the disk. */
  get isIdle(): boolean {
    return this.inFlight === null && this.changes.length === 0;
  }

  /** The mark of another peer's checkpoint that is on its way to the disk; null if there is none. */
  get foreignMark(): CheckpointMark | null {
    const marks = [this.inFlight?.checkpoint];
    for (const change of this.changes) if (change.kind === "checkpoint") marks.push(change.mark);
    return marks.find((mark) => mark?.kind === "covering" || mark?.kind === "incoming") ?? null;
  }

  setHardState(hardState: HardState): void {
    this.add({ kind: "hard-state", hardState });
  }

  mark(mark: CheckpointMark): void {
    this.add({ kind: "checkpoint", mark });
  }

  truncateAfter(after: Zxid): void {
    this.add({ kind: "truncate", after });
  }

  /** Fills the fault behind `after`, or goes on filling it. */
  repair(after: LogPosition, entries: readonly LogEntry[]): void {
    this.add({ kind: "repair", after, entries });
  }

  /** Repairs that wait are not wanted any more: they are of a fault that is not the first. */
  dropRepairs(): void {
    this.drop((change) => change.kind === "repair");
  }

  append(entries: readonly LogEntry[]): void {
    this.add({ kind: "append", entries });
  }

  private add(change: Change): void {
    this.begun += 1;
    this.changes.push(change);
  }

  /** The next batch, under way from now on; null if nothing waits or one is under way already. */
  take(): Draft | null {
    if (this.inFlight !== null || this.changes.length === 0) return null;
    const draft: Draft = {};
    this.repairAfter = null;
    let taken = 0;
    let room = this.limits.batchEntriesMax;
    let roomBytes = this.limits.batchSizeMaxBytes;
    for (const change of this.changes) {
      if (!canFollow(draft, change)) break;
      if (change.kind !== "append" && change.kind !== "repair") {
        addTo(draft, change);
        taken += 1;
        continue;
      }
      const count = countFitting(
        change.entries,
        room,
        roomBytes,
        draft.append === undefined && draft.repair === undefined,
      );
      if (count === 0) break;
      const entries = change.entries.slice(0, count);
      if (change.kind === "repair") this.repairAfter ??= change.after;
      addEntries(draft, change.kind, entries);
      room -= count;
      for (const entry of entries) roomBytes -= entry.bytes.length;
      if (count < change.entries.length) {
        this.changes[taken] = restOf(change, count);
        break;
      }
      taken += 1;
    }
    this.changes = this.changes.slice(taken);
    this.inFlightCount = taken;
    this.inFlight = draft;
    this.inFlightTicks = 0;
    return draft;
  }

  /** The batch under way has reached the disk. */
  finish(): LogBatch {
    const batch = this.inFlight;
    assert(batch !== null, "a batch was under way");
    this.inFlight = null;
    this.finished += this.inFlightCount;
    if (batch.hardState !== undefined) this.durable = batch.hardState;
    return batch;
  }

  /** This peer's own checkpoint, if its mark waits, is given up: its draft makes room for another's. */
  dropOwnMark(): void {
    this.drop((change) => change.kind === "checkpoint");
  }

  private drop(isDropped: (change: Change) => boolean): void {
    const kept = this.changes.filter((change) => !isDropped(change));
    this.finished += this.changes.length - kept.length;
    this.changes = kept;
  }

  /** How far the log on disk agrees with the one in memory, if it reaches up to `end`, given what still waits. */
  agreedUpTo(end: Zxid): Zxid {
    let agreed = end;
    for (const change of this.changes) {
      if (change.kind === "checkpoint" && change.mark.kind === "incoming") return 0 as Zxid;
      if (change.kind === "truncate" && change.after < agreed) agreed = change.after;
    }
    return agreed;
  }
}

/** What is left of the entries when `count` of them are taken. */
function restOf(change: EntriesChange, count: number): Change {
  const entries = change.entries.slice(count);
  const last = change.entries[count - 1];
  if (change.kind === "append" || last === undefined) return { ...change, entries };
  return { kind: "repair", after: positionOf(last), entries };
}

/** The parts of a batch take effect in a fixed order, so what cuts the log cannot follow what lengthens it. */
function canFollow(draft: Draft, change: Change): boolean {
  if (change.kind === "checkpoint") return draft.checkpoint === undefined && !hasLogChange(draft);
  if (change.kind === "truncate") return draft.truncateAfter === undefined && !hasLogChange(draft);
  if (change.kind === "repair") {
    // One fault a batch.
    const filled = draft.repair?.at(-1)?.zxid;
    const isSameFault = filled === undefined || filled === change.after.zxid;
    return isSameFault && draft.truncateAfter === undefined && draft.append === undefined;
  }
  return true;
}

function hasLogChange(draft: Draft): boolean {
  return draft.truncateAfter !== undefined || draft.append !== undefined || draft.repair !== undefined;
}

function addTo(draft: Draft, change: Exclude<Change, { readonly entries: readonly LogEntry[] }>): void {
  if (change.kind === "hard-state") draft.hardState = change.hardState;
  else if (change.kind === "checkpoint") draft.checkpoint = change.mark;
  else draft.truncateAfter = change.after;
}

function addEntries(draft: Draft, kind: "append" | "repair", entries: readonly LogEntry[]): void {
  const part = draft[kind];
  if (part === undefined) draft[kind] = [...entries];
  else for (const entry of entries) part.push(entry);
}

function countFitting(entries: readonly LogEntry[], room: number, roomBytes: number, isFirst: boolean): number {
  let count = 0;
  let sizeBytes = 0;
  for (const entry of entries) {
    sizeBytes += entry.bytes.length;
    if (count >= room || (sizeBytes > roomBytes && !(isFirst && count === 0))) break;
    count += 1;
  }
  return count;
}
