import { toStoreError } from "../database/store-error.ts";
import type { Stored } from "../format/log-record.ts";
import { STORAGE_LIMITS } from "../limits.ts";
import { fromLogKey } from "./log-key.ts";
import type { IndexView, ValuePlace } from "./log-index.ts";
import type { Segment } from "./segment.ts";

/** Values that stand so close to each other are read together. */
const GAP_MAX_BYTES = 4096;

export interface JournalCursorOptions {
  readonly view: IndexView;
  /** Positions in the view; the last one is left out. */
  readonly from: number;
  readonly end: number;
  readonly isReverse: boolean;
  readonly keysMax: number;
  segmentOf(number: number): Segment;
  closed(): void;
}

/** Reads the values of an index as it was at one moment. */
export class JournalCursor {
  private readonly options: JournalCursorOptions;
  private from: number;
  private end: number;

  constructor(options: JournalCursorOptions) {
    this.options = options;
    this.from = options.from;
    this.end = options.end;
  }

  /** Empty at the end of the range. A value that its file does not hold any more is shorter than it was. */
  async next(): Promise<readonly Stored[]> {
    const { isReverse } = this.options;
    const [from, end] = this.takePiece();
    try {
      const found = await this.readAll(from, end);
      return isReverse ? found.reverse() : found;
    } catch (error) {
      throw toStoreError(error, "reading from the journal");
    }
  }

  /** The positions of the next piece. */
  private takePiece(): readonly [number, number] {
    const { view, isReverse, keysMax } = this.options;
    let sizeBytes = 0;
    let count = 0;
    const left = this.end - this.from;
    while (count < Math.min(left, keysMax) && sizeBytes < STORAGE_LIMITS.pieceSizeMaxBytes) {
      sizeBytes += view.placeAt(isReverse ? this.end - 1 - count : this.from + count).sizeBytes;
      count++;
    }
    if (isReverse) {
      this.end -= count;
      return [this.end, this.end + count];
    }
    this.from += count;
    return [this.from - count, this.from];
  }

  private async readAll(from: number, end: number): Promise<Stored[]> {
    const { view } = this.options;
    const found: Stored[] = [];
    for (let at = from; at < end;) {
      const first = view.placeAt(at);
      let spanEnd = first.offset + first.sizeBytes;
      let next = at + 1;
      for (; next < end && isNear(first.segment, spanEnd, view.placeAt(next)); next++) {
        const { offset, sizeBytes } = view.placeAt(next);
        spanEnd = offset + sizeBytes;
      }
      const segment = this.options.segmentOf(first.segment);
      const bytes = Buffer.allocUnsafe(spanEnd - first.offset);
      const held = bytes.subarray(0, await segment.read(bytes, first.offset));
      for (; at < next; at++) {
        const { offset, sizeBytes } = view.placeAt(at);
        const value = held.subarray(offset - first.offset, offset - first.offset + sizeBytes);
        found.push({ key: fromLogKey(view.keyAt(at)), value });
      }
    }
    return found;
  }

  async close(): Promise<void> {
    this.options.closed();
  }
}

function isNear(segment: number, end: number, place: ValuePlace): boolean {
  return place.segment === segment && place.offset >= end && place.offset - end <= GAP_MAX_BYTES;
}
