import { deepStrictEqual } from "node:assert";
import { createFrameSplitter, isProtocolError } from "../../../packages/protocol/src/index.ts";
import { FrameCutter } from "../../../packages/transport-tcp/src/stream/frame-cutter.ts";
import { accepted, type Outcome, refused, sizeClass } from "../outcome.ts";

const FRAME_SIZE_MAX_BYTES = 300;

interface Frames {
  readonly frames: Uint8Array[];
  /** The reason of its error, or the bytes that wait for more. */
  readonly end: string | number;
}

/**
 * The first byte tells how many cuts follow, a byte each; the rest is the stream. Cut or whole, it gives the same, and that of
 * clients and that of connections do the same.
 */
export function fuzz(input: Uint8Array): Outcome {
  const cuts = input.subarray(1, 1 + ((input[0] ?? 0) % 16));
  const stream = input.subarray(1 + cuts.length);
  const whole = split([stream]);
  deepStrictEqual(split(cutUp(stream, cuts)), whole);
  const isRefused = typeof whole.end === "string";
  for (const chunks of [[stream.slice()], cutUp(stream, cuts)]) {
    const { frames, end } = cut(chunks);
    deepStrictEqual(frames, whole.frames);
    deepStrictEqual(end, isRefused ? "refused" : whole.end === 0 ? "between" : "within");
  }
  const { frames, end } = whole;
  if (typeof end === "string") return refused(`${end}, ${sizeClass(frames.length)} frames before it`);
  return accepted(`${sizeClass(frames.length)} frames, ${end === 0 ? "nothing" : "a part"} behind them`);
}

function cutUp(stream: Uint8Array, cuts: Uint8Array): Uint8Array[] {
  const bounds = [0, ...[...cuts].map((at) => Math.min(at, stream.length)), stream.length].sort((a, b) => a - b);
  return bounds.slice(1).map((end, index) => stream.slice(bounds[index], end));
}

function split(chunks: readonly Uint8Array[]): Frames {
  const splitter = createFrameSplitter({ frameSizeMaxBytes: FRAME_SIZE_MAX_BYTES });
  const frames: Uint8Array[] = [];
  try {
    for (const chunk of chunks) {
      splitter.push(chunk);
      for (let frame = splitter.next(); frame !== null; frame = splitter.next()) frames.push(new Uint8Array(frame));
    }
  } catch (error) {
    if (!isProtocolError(error)) throw error;
    return { frames, end: error.reason };
  }
  return { frames, end: splitter.pendingBytes };
}

function cut(chunks: readonly Uint8Array[]): Frames {
  const cutter = new FrameCutter(FRAME_SIZE_MAX_BYTES);
  const frames: Uint8Array[] = [];
  for (const chunk of chunks) {
    cutter.push(chunk);
    for (let frame = cutter.next(); frame !== null; frame = cutter.next()) frames.push(new Uint8Array(frame));
    if (cutter.refusedLength !== null) return { frames, end: "refused" };
  }
  return { frames, end: cutter.isBetweenFrames ? "between" : "within" };
}
