import {
  assert,
  type Epoch,
  epochOf,
  type LogEntry,
  type LogFault,
  type LogPosition,
  positionOf,
  type Zxid,
} from "@coterie/interface";

export interface HistoryStart {
  readonly base: LogPosition;
  readonly last: LogPosition;
  readonly epochEnds: readonly LogPosition[];
  readonly committed: Zxid;
  readonly applied: Zxid;
  readonly faults: readonly LogFault[];
}

/**
 * What this peer knows of its log without reading it: where it begins and ends, where its epochs end, how far it is
 * synced, committed and delivered, and a window of its newest entries. Inside an epoch counters have no gap, so the ends
 * of the epochs say of any zxid whether it is in the log.
 *
 * Changes of the log are made here first and are on their way to the disk; `synced` says what has arrived.
 */
export class History {
  base: LogPosition;
  last: LogPosition;
  /** The log stands on disk up to here. */
  synced: Zxid;
  committed: Zxid;
  /** The state machine has been given everything up to here. */
  delivered: Zxid;
  applied: Zxid;
  faults: readonly LogFault[];
  /** Ascending. Begins with the base where the log has no entry of the base's epoch, and ends with `last`. */
  private ends: LogPosition[];
  /** Entries above `windowAfter`, without a gap up to `last`; those before `windowHead` are gone. */
  private window: LogEntry[] = [];
  private windowHead = 0;
  private windowSizeBytes = 0;
  private windowAfter: LogPosition;

  constructor(start: HistoryStart) {
    this.base = start.base;
    this.last = start.last;
    this.synced = start.last.zxid;
    this.committed = start.committed;
    this.delivered = start.applied;
    this.applied = start.applied;
    this.faults = start.faults;
    this.windowAfter = start.last;
    this.ends = [...start.epochEnds];
    const first = this.ends[0];
    if (first === undefined || epochOf(first.zxid) !== epochOf(start.base.zxid)) this.ends.unshift(start.base);
    assert(this.ends.at(-1)?.zxid === start.last.zxid, "the last epoch ends where the log ends");
  }

  /** The entries follow `last`. */
  append(entries: readonly LogEntry[]): void {
    let last = this.last;
    for (const entry of entries) {
      assert(entry.zxid > last.zxid, "entries ascend");
      if (epochOf(entry.zxid) !== epochOf(last.zxid)) {
        this.endAt(last);
        this.ends.push(entry);
      }
      this.window.push(entry);
      this.windowSizeBytes += entry.bytes.length;
      last = entry;
    }
    this.endAt(last);
  }

  private endAt(position: LogPosition): void {
    this.last = positionOf(position);
    this.ends[this.ends.length - 1] = this.last;
  }

  /** Drops what is above `position`, an entry of the log or its base. Never what is committed (design, decision 3). */
  truncateAfter(position: LogPosition): void {
    assert(position.zxid >= this.committed, "what is committed is never truncated");
    assert(this.has(position.zxid), "a truncation names an entry of the log");
    const epoch = epochOf(position.zxid);
    while ((this.ends.at(-1)?.zxid ?? 0) > position.zxid) this.ends.pop();
    const end = this.ends.at(-1);
    if (end === undefined || epochOf(end.zxid) !== epoch) this.ends.push(position);
    else this.ends[this.ends.length - 1] = position;
    while (this.window.length > this.windowHead && (this.window.at(-1)?.zxid ?? 0) > position.zxid) {
      this.windowSizeBytes -= this.window.pop()?.bytes.length ?? 0;
    }
    if (this.windowAfter.zxid > position.zxid) this.clearWindow(position);
    this.last = position;
    if (this.synced > position.zxid) this.synced = position.zxid;
    this.faults = cutFaults(this.faults, position);
  }

  /** The log is a checkpoint's position and nothing else. */
  startAnew(position: LogPosition): void {
    this.base = position;
    this.last = position;
    this.ends = [position];
    this.clearWindow(position);
    this.synced = 0 as Zxid;
    this.committed = position.zxid;
    this.faults = [];
  }

  /** The log begins after `base` by now. */
  purge(base: LogPosition): void {
    // It may have been under way when a checkpoint came in.
    if (base.zxid <= this.base.zxid) return;
    assert(base.zxid <= this.applied, "only what is applied is purged");
    this.beginAfter(base);
  }

  /** Another peer's checkpoint stands for everything up to `position`, an entry of this log. */
  cover(position: LogPosition): void {
    this.beginAfter(position);
    if (this.committed < position.zxid) this.committed = position.zxid;
    if (this.windowAfter.zxid < position.zxid) this.clearWindow(this.last);
  }

  private beginAfter(base: LogPosition): void {
    this.base = base;
    const epoch = epochOf(base.zxid);
    while (this.ends.length > 0 && epochOf(this.ends[0]?.zxid ?? (0 as Zxid)) < epoch) this.ends.shift();
    const first = this.ends[0];
    if (first === undefined || epochOf(first.zxid) !== epoch) this.ends.unshift(base);
    this.faults = this.faults
      .filter((fault) => fault.upTo.zxid > base.zxid)
      .map((fault) => (fault.after.zxid < base.zxid ? { after: base, upTo: fault.upTo } : fault));
  }

  /** Whether the log holds this entry; true for the base, too. */
  has(zxid: Zxid): boolean {
    if (zxid < this.base.zxid) return false;
    if (zxid === this.base.zxid) return true;
    const end = this.endOf(epochOf(zxid));
    return end !== null && zxid <= end.zxid && zxid % COUNTER_SPAN !== 0;
  }

  /** Where the newest epoch ends that ends below `zxid`; the base if none does. */
  endBefore(zxid: Zxid): LogPosition {
    return this.ends.findLast((end) => end.zxid < zxid) ?? this.base;
  }

  /** The position of an entry that `has`; null if its hash has to be read from the log. */
  find(zxid: Zxid): LogPosition | null {
    if (zxid === this.base.zxid) return this.base;
    const end = this.endOf(epochOf(zxid));
    if (end?.zxid === zxid) return end;
    if (zxid === this.windowAfter.zxid) return this.windowAfter;
    const index = this.windowIndexAfter(zxid) - 1;
    const entry = index >= this.windowHead ? this.window[index] : undefined;
    return entry?.zxid === zxid ? positionOf(entry) : null;
  }

  /** The entries above `after` up to `upTo`, as many as fit and at least one; null if the window begins later. */
  entriesAfter(after: Zxid, upTo: Zxid, sizeMaxBytes: number): LogEntry[] | null {
    if (after < this.windowAfter.zxid) return null;
    const entries: LogEntry[] = [];
    let sizeBytes = 0;
    for (let index = this.windowIndexAfter(after); index < this.window.length; index++) {
      const entry = this.window[index];
      if (entry === undefined || entry.zxid > upTo) break;
      sizeBytes += entry.bytes.length;
      if (sizeBytes > sizeMaxBytes && entries.length > 0) break;
      entries.push(entry);
    }
    return entries;
  }

  /** Entries of a fault have been read again, elsewhere: where epochs end inside it is known so far. */
  learnEnds(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      const known = this.endOf(epochOf(entry.zxid));
      if (known !== null && known.zxid >= entry.zxid) continue;
      this.ends = this.ends.filter((end) => end !== known);
      const index = this.ends.findIndex((end) => end.zxid > entry.zxid);
      this.ends.splice(index === -1 ? this.ends.length : index, 0, positionOf(entry));
    }
  }

  /** The newest ends of epochs, ascending, the base's epoch among them; at most `countMax`. */
  epochEnds(countMax: number): readonly LogPosition[] {
    return this.ends.slice(-countMax);
  }

  /**
   * The last zxid that this log shares with another one, given where that one's epochs end. Equal zxids mean equal
   * histories up to there, since one epoch has one leader. Null if only a checkpoint goes back far enough.
   */
  lastCommonWith(base: LogPosition, ends: readonly LogPosition[]): Zxid | null {
    for (let index = ends.length - 1; index >= 0; index--) {
      const theirs = ends[index];
      const ours = theirs === undefined ? null : this.endOf(epochOf(theirs.zxid));
      if (theirs === undefined || ours === null) continue;
      const common = Math.min(ours.zxid, theirs.zxid) as Zxid;
      return common >= base.zxid && this.has(common) ? common : null;
    }
    return this.has(base.zxid) ? base.zxid : null;
  }

  /** Lets go of the oldest entries of the window; what is not synced stays, all else can be read from the log again. */
  trimWindow(countMax: number, sizeMaxBytes: number): void {
    while (this.window.length - this.windowHead > countMax || this.windowSizeBytes > sizeMaxBytes) {
      const entry = this.window[this.windowHead];
      if (entry === undefined || entry.zxid > this.synced) break;
      this.windowSizeBytes -= entry.bytes.length;
      this.windowAfter = positionOf(entry);
      this.windowHead += 1;
    }
    if (this.windowHead > 64 && this.windowHead * 2 > this.window.length) {
      this.window = this.window.slice(this.windowHead);
      this.windowHead = 0;
    }
  }

  private endOf(epoch: Epoch): LogPosition | null {
    for (let index = this.ends.length - 1; index >= 0; index--) {
      const end = this.ends[index];
      if (end === undefined) break;
      const endEpoch = epochOf(end.zxid);
      if (endEpoch === epoch) return end;
      if (endEpoch < epoch) break;
    }
    return null;
  }

  /** The index in the window of the first entry above `zxid`. */
  private windowIndexAfter(zxid: Zxid): number {
    let low = this.windowHead;
    let high = this.window.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.window[middle]?.zxid ?? 0) > zxid) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private clearWindow(after: LogPosition): void {
    this.window = [];
    this.windowHead = 0;
    this.windowSizeBytes = 0;
    this.windowAfter = after;
  }
}

const COUNTER_SPAN = 2 ** 32;

function cutFaults(faults: readonly LogFault[], position: LogPosition): LogFault[] {
  return faults
    .filter((fault) => fault.after.zxid < position.zxid)
    .map((fault) => (fault.upTo.zxid > position.zxid ? { after: fault.after, upTo: position } : fault));
}
