import { type FoundFrame, FrameReader } from "./read-frames.ts";
import type { LogIndex } from "./log-index.ts";
import type { Segment } from "./segment.ts";

/** What the frames of a journal come to, beside the index. */
export interface Replayed {
  /** No frame has a higher number, whether it counts or not. */
  readonly lastNumber: number;
  /** The last frame that counts. */
  readonly lastCounted: number;
  /** Where the next frame goes; null if there is none. */
  readonly end: { readonly segment: Segment; readonly at: number } | null;
  /** Where the last frame that counts stands, and ends; null if there is none. */
  readonly last: { readonly segment: Segment; readonly start: number; readonly end: number } | null;
  /** A frame that does not count stands there: the next one has to go over it, or it would count once it is not the last one. */
  readonly hasRemnant: boolean;
  /** How often frames are missing between others that are there. */
  readonly gapCount: number;
  /** The last frame was not written to its end. */
  readonly isTorn: boolean;
}

/**
 * Fills the index from all frames, in order. One that does not check out at the end is the one that a crash has torn. Before that it
 * was a batch, and whoever reads the log finds a hole, or a value that is not whole: values are not read here. `committed` is the last frame of which the
 * database says that it took the batch to which the frame belongs.
 */
export async function replaySegments(
  segments: readonly Segment[],
  committed: number,
  index: LogIndex,
): Promise<Replayed> {
  const replay = new Replay(index);
  for (const segment of segments) {
    const frames = new FrameReader(segment);
    for (;;) {
      const frame = await frames.next(replay.lastNumber);
      if (frame === null) break;
      replay.add({ segment, frames, frame });
    }
    await segment.close();
  }
  return replay.finish(committed);
}

interface Waiting {
  readonly segment: Segment;
  readonly frames: FrameReader;
  readonly frame: FoundFrame;
}

class Replay {
  lastNumber = 0;
  private readonly index: LogIndex;
  /** It counts if there is one behind it. */
  private waiting: Waiting | null = null;
  private lastCounted = 0;
  private last: Replayed["last"] = null;
  private gapCount = 0;

  constructor(index: LogIndex) {
    this.index = index;
  }

  add(waiting: Waiting): void {
    const { number, previous } = waiting.frame.head;
    const isFirst = this.lastNumber === 0;
    if (!isFirst && previous > this.lastNumber) this.gapCount++;
    this.settle();
    this.waiting = waiting;
    this.lastNumber = number;
  }

  private settle(): void {
    if (this.waiting === null) return;
    const { segment, frame } = this.waiting;
    this.index.apply(frame.edits);
    this.lastCounted = frame.head.number;
    this.last = { segment, start: frame.start, end: frame.end };
  }

  async finish(committed: number): Promise<Replayed> {
    const { waiting } = this;
    const isTorn = waiting !== null && !(await waiting.frames.isWhole(waiting.frame));
    const hasRemnant =
      waiting !== null && (isTorn || (waiting.frame.head.isPrepared && waiting.frame.head.number > committed));
    if (!hasRemnant) this.settle();
    const { lastNumber, lastCounted, last, gapCount } = this;
    const after = last === null ? null : { segment: last.segment, at: last.end };
    const end = hasRemnant ? { segment: waiting.segment, at: waiting.frame.start } : after;
    return { lastNumber, lastCounted, end, last, hasRemnant, gapCount, isTorn };
  }
}
