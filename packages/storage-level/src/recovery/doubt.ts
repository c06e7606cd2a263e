import { epochOf, type LogPosition, type Zxid } from "@coterie/interface";
import type { LogRecord } from "../format/log-record.ts";
import { STORAGE_LIMITS } from "../limits.ts";

/**
 * What a hole in a log leaves in doubt. The batch that is missing there may have cut off what stands before it: that stands there
 * again, sound to look at, and is no part of the log. It can only be what was not known as committed before the hole, and only
 * where the hole leads to another epoch (of one epoch a history holds a beginning, without gaps) and to a later state record,
 * which each truncation writes.
 */
export class Doubt {
  /** What stands up to here was never cut off. */
  private sure: LogPosition;
  /** Where the records above `sure` end, from `first` on. */
  private ends: LogPosition[] = [];
  private first = 0;
  private lastStateNumber: number | null = null;

  constructor(base: LogPosition) {
    this.sure = base;
  }

  /** A sound record that leads on, and what is known as committed with it. */
  add({ end, stateNumber }: LogRecord, committed: Zxid): void {
    this.lastStateNumber = stateNumber;
    const { ends } = this;
    ends.push(end);
    while (this.first < ends.length) {
      const isTooMany = ends.length - this.first > STORAGE_LIMITS.doubtedRecordsMax;
      if (!isTooMany && ends[this.first]!.zxid > committed) break;
      this.sure = ends[this.first++]!;
    }
    if (this.first * 2 < ends.length) return;
    this.ends = ends.slice(this.first);
    this.first = 0;
  }

  /**
   * Where a hole begins that seems to begin at `last`, goes to `upTo`, and behind which a record knows `stateNumber`; null if there is
   * none, or none that can be read.
   */
  beginningOf(last: LogPosition, upTo: LogPosition, stateNumber: number | null): LogPosition {
    const isSure = epochOf(last.zxid) === epochOf(upTo.zxid) || this.lastStateNumber === stateNumber;
    return isSure || this.first === this.ends.length ? last : this.sure;
  }

  /** The log goes on behind a hole. */
  goOn(from: LogPosition): void {
    this.sure = from;
    this.ends = [];
    this.first = 0;
    this.lastStateNumber = null;
  }
}
