import { FRAME_PREFIX_SIZE_BYTES } from "./frame-cutter.ts";

/** What goes to the operating system at once. */
export interface Batch {
  readonly pieces: readonly Uint8Array[];
  /** What its frames have counted in the queue: see `queuedSizeOf`. */
  readonly queuedBytes: number;
}

/**
 * What a frame that waits takes beside its bytes: about what a small array of bytes costs. It counts in the queue, so that
 * empty frames fill it, too.
 */
const FRAME_OVERHEAD_BYTES = 64;

/** What a frame counts as long as it waits. */
export function queuedSizeOf(frame: Uint8Array): number {
  return frame.length + FRAME_OVERHEAD_BYTES;
}

/** Frames up to this size are copied behind their neighbours: cheaper than a piece of their own. */
const COPIED_SIZE_MAX_BYTES = 8192;
/** A batch ends with the frame that takes it beyond this. */
const BATCH_SIZE_BYTES = 262_144;

/** Never pushed to. */
const NONE: Uint8Array[] = [];

/** Frames that wait to be sent, and how they leave: prefix and small frames in one piece, large frames as they are. */
export class SendQueue {
  /** Whether frames go without a prefix. */
  readonly isText: boolean;
  private frames: Uint8Array[] = NONE;
  private head = 0;

  constructor(isText: boolean) {
    this.isText = isText;
  }

  get isEmpty(): boolean {
    return this.frames.length === 0;
  }

  add(frame: Uint8Array): void {
    // Most often one waits: a list that is pushed to is given room for seventeen.
    if (this.frames === NONE) this.frames = [frame];
    else this.frames.push(frame);
  }

  clear(): void {
    this.frames = NONE;
    this.head = 0;
  }

  /** The next frames of a queue that is not empty. */
  take(): Batch {
    const { frames } = this;
    const start = this.head;
    const prefixBytes = this.isText ? 0 : FRAME_PREFIX_SIZE_BYTES;
    let end = start;
    let queuedBytes = 0;
    let gatheredBytes = 0;
    while (end < frames.length && queuedBytes < BATCH_SIZE_BYTES) {
      const frame = frames[end++]!;
      const { length } = frame;
      queuedBytes += queuedSizeOf(frame);
      gatheredBytes += prefixBytes + (length <= COPIED_SIZE_MAX_BYTES ? length : 0);
    }
    const pieces = gather(frames, start, end, gatheredBytes, this.isText);
    if (end === frames.length) {
      this.clear();
    } else if (end * 2 >= frames.length) {
      // Moving the rest only when half is used up costs a constant for each frame.
      this.frames = frames.slice(end);
      this.head = 0;
    } else {
      // What has been taken must not stay in memory for what has not.
      for (let index = start; index < end; index++) frames[index] = EMPTY;
      this.head = end;
    }
    return { pieces, queuedBytes };
  }
}

const EMPTY = new Uint8Array(0);

/** The frames from `start` to `end` in pieces: `gatheredBytes` is what of them is copied, prefixes included. */
function gather(
  frames: readonly Uint8Array[],
  start: number,
  end: number,
  gatheredBytes: number,
  isText: boolean,
): Uint8Array[] {
  // Every byte of it is written below.
  const gathered = Buffer.allocUnsafe(gatheredBytes);
  const pieces: Uint8Array[] = [];
  let pieceStart = 0;
  let position = 0;
  for (let index = start; index < end; index++) {
    const frame = frames[index]!;
    const { length } = frame;
    if (!isText) {
      gathered[position] = length >>> 24;
      gathered[position + 1] = length >>> 16;
      gathered[position + 2] = length >>> 8;
      gathered[position + 3] = length;
      position += FRAME_PREFIX_SIZE_BYTES;
    }
    if (length <= COPIED_SIZE_MAX_BYTES) {
      gathered.set(frame, position);
      position += length;
    } else {
      if (position > pieceStart) pieces.push(gathered.subarray(pieceStart, position));
      pieces.push(frame);
      pieceStart = position;
    }
  }
  if (pieces.length === 0) return [gathered];
  if (position > pieceStart) pieces.push(gathered.subarray(pieceStart, position));
  return pieces;
}
