import { deepStrictEqual } from "node:assert";
import { createFrameSplitter, isProtocolError } from "../../../packages/protocol/src/index.ts";

const FRAME_SIZE_MAX_BYTES = 300;

/** The first byte tells how many cuts follow, a byte each; the rest is the stream. Cut or whole, it gives the same. */
export function fuzz(input: Uint8Array): void {
  const cuts = input.subarray(1, 1 + ((input[0] ?? 0) % 16));
  const stream = input.subarray(1 + cuts.length);
  deepStrictEqual(split(cutUp(stream, cuts)), split([stream]));
}

function cutUp(stream: Uint8Array, cuts: Uint8Array): Uint8Array[] {
  const bounds = [0, ...[...cuts].map((cut) => Math.min(cut, stream.length)), stream.length].sort((a, b) => a - b);
  return bounds.slice(1).map((end, index) => stream.slice(bounds[index], end));
}

/** The frames and how the stream ended: the reason of its error, or the bytes that wait for more. */
function split(chunks: readonly Uint8Array[]): { frames: Uint8Array[]; end: string | number } {
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
