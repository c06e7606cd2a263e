import { compareLogKeys, type LogBound, type LogKey } from "./log-key.ts";

/** Where a value stands. */
export interface ValuePlace {
  /** The number of its segment. */
  readonly segment: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** What becomes of one key. */
export interface IndexEdit {
  readonly key: LogKey;
  /** Null if it goes. */
  readonly place: ValuePlace | null;
}

const CAPACITY_MIN = 256;

/** A column for each field: an object for each of some hundred thousand records would be most of a peer's memory. */
class Columns {
  readonly capacity: number;
  readonly generations: Uint32Array;
  readonly zxids: Float64Array;
  readonly hashes: Uint32Array;
  readonly segments: Uint32Array;
  readonly offsets: Uint32Array;
  readonly sizes: Uint32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.generations = new Uint32Array(capacity);
    this.zxids = new Float64Array(capacity);
    this.hashes = new Uint32Array(capacity);
    this.segments = new Uint32Array(capacity);
    this.offsets = new Uint32Array(capacity);
    this.sizes = new Uint32Array(capacity);
  }

  copy(from: Columns, start: number, end: number): void {
    this.generations.set(from.generations.subarray(start, end));
    this.zxids.set(from.zxids.subarray(start, end));
    this.hashes.set(from.hashes.subarray(start, end));
    this.segments.set(from.segments.subarray(start, end));
    this.offsets.set(from.offsets.subarray(start, end));
    this.sizes.set(from.sizes.subarray(start, end));
  }

  put(at: number, { generation, zxid, hash }: LogKey, { segment, offset, sizeBytes }: ValuePlace): void {
    this.generations[at] = generation;
    this.zxids[at] = zxid;
    this.hashes[at] = hash;
    this.segments[at] = segment;
    this.offsets[at] = offset;
    this.sizes[at] = sizeBytes;
  }

  keyAt(at: number): LogKey {
    return { generation: this.generations[at]!, zxid: this.zxids[at]!, hash: this.hashes[at]! };
  }

  placeAt(at: number): ValuePlace {
    return { segment: this.segments[at]!, offset: this.offsets[at]!, sizeBytes: this.sizes[at]! };
  }
}

/** The index as it was at one moment; what is written later does not change it. */
export class IndexView {
  readonly start: number;
  readonly end: number;
  private readonly columns: Columns;

  constructor(columns: Columns, start: number, end: number) {
    this.columns = columns;
    this.start = start;
    this.end = end;
  }

  keyAt(at: number): LogKey {
    return this.columns.keyAt(at);
  }

  placeAt(at: number): ValuePlace {
    return this.columns.placeAt(at);
  }

  /** The first position that a bound does not leave out. */
  positionOf(bound: LogBound | "start" | "end"): number {
    if (bound === "start") return this.start;
    if (bound === "end") return this.end;
    let [low, high] = [this.start, this.end];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareLogKeys(this.columns.keyAt(middle), bound.key);
      if (order < 0 || (order === 0 && bound.isBehind)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Where the value of each log record stands, sorted by key. Counts for each segment how many are in it. */
export class LogIndex {
  private columns = new Columns(CAPACITY_MIN);
  private start = 0;
  private end = 0;
  private readonly counts = new Map<number, number>();
  /** How often a record has gone, or its value: what a view still shows may count for nothing any more. */
  removals = 0;

  get view(): IndexView {
    return new IndexView(this.columns, this.start, this.end);
  }

  /** How many records of a segment count. */
  countIn(segment: number): number {
    return this.counts.get(segment) ?? 0;
  }

  /** Of two edits of one key the later one counts. */
  apply(edits: readonly IndexEdit[]): void {
    if (this.append(edits)) return;
    const sorted = lastOfEach(edits);
    if (!this.removeFirst(sorted)) this.rebuild(sorted);
  }

  /** The case of nearly all batches: what is new stands behind all that there is. */
  private append(edits: readonly IndexEdit[]): boolean {
    let last = this.end > this.start ? this.columns.keyAt(this.end - 1) : null;
    for (const { key, place } of edits) {
      if (place === null || (last !== null && compareLogKeys(last, key) >= 0)) return false;
      last = key;
    }
    this.reserve(edits.length);
    for (const { key, place } of edits) {
      this.columns.put(this.end++, key, place!);
      this.count(place!.segment, 1);
    }
    return true;
  }

  private reserve(count: number): void {
    if (this.end + count <= this.columns.capacity) return;
    const held = this.end - this.start;
    const columns = new Columns(Math.max(CAPACITY_MIN, (held + count) * 2));
    columns.copy(this.columns, this.start, this.end);
    this.columns = columns;
    this.start = 0;
    this.end = held;
  }

  /** What a purge lets go of stands at the beginning. */
  private removeFirst(edits: readonly IndexEdit[]): boolean {
    if (edits.length > this.end - this.start) return false;
    for (const [index, { key, place }] of edits.entries()) {
      if (place !== null || compareLogKeys(this.columns.keyAt(this.start + index), key) !== 0) return false;
    }
    for (let at = this.start; at < this.start + edits.length; at++) this.count(this.columns.segments[at]!, -1);
    this.start += edits.length;
    return true;
  }

  /** Columns of their own: a view may still look at the old ones. Only what stands behind the first edit is gone through. */
  private rebuild(edits: readonly IndexEdit[]): void {
    const { columns: old, end } = this;
    const from = this.view.positionOf({ key: edits[0]!.key, isBehind: false });
    const columns = new Columns(Math.max(CAPACITY_MIN, (end - this.start + edits.length) * 2));
    columns.copy(old, this.start, from);
    let [at, to] = [from, from - this.start];
    for (const { key, place } of edits) {
      for (; at < end && compareLogKeys(old.keyAt(at), key) < 0; at++)
        columns.put(to++, old.keyAt(at), old.placeAt(at));
      if (at < end && compareLogKeys(old.keyAt(at), key) === 0) this.count(old.segments[at++]!, -1);
      if (place === null) continue;
      columns.put(to++, key, place);
      this.count(place.segment, 1);
    }
    for (; at < end; at++) columns.put(to++, old.keyAt(at), old.placeAt(at));
    this.columns = columns;
    this.start = 0;
    this.end = to;
  }

  private count(segment: number, change: number): void {
    if (change < 0) this.removals++;
    const count = this.countIn(segment) + change;
    if (count === 0) this.counts.delete(segment);
    else this.counts.set(segment, count);
  }
}

function lastOfEach(edits: readonly IndexEdit[]): IndexEdit[] {
  const sorted = edits.toSorted((one, other) => compareLogKeys(one.key, other.key));
  return sorted.filter((edit, index) => {
    const next = sorted[index + 1];
    return next === undefined || compareLogKeys(edit.key, next.key) !== 0;
  });
}
