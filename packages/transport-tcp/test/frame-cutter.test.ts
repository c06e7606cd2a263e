import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameCutter } from "../src/stream/frame-cutter.ts";
import { SendQueue } from "../src/stream/send-queue.ts";

const NONE = Uint8Array.of(0, 0);

function cutAll(cutter: FrameCutter, chunks: readonly Uint8Array[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const chunk of chunks) {
    cutter.push(chunk);
    for (let frame = cutter.next(); frame !== null; frame = cutter.next()) frames.push(frame);
  }
  return frames;
}

/** What `frames` are on the wire, by way of the code that sends them. */
function wireOf(frames: readonly Uint8Array[]): Buffer {
  const queue = new SendQueue(false);
  for (const frame of frames) queue.add(frame);
  const pieces: Uint8Array[] = [];
  while (!queue.isEmpty) pieces.push(...queue.take().pieces);
  return Buffer.concat(pieces);
}

/** `bytes` in chunks that end at the given places. */
function split(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((one, other) => one - other);
  const starts = [0, ...ends];
  return starts.map((start, index) => bytes.slice(start, starts[index + 1] ?? bytes.length));
}

const sizes = fc.oneof(
  { weight: 5, arbitrary: fc.nat(40) },
  { weight: 2, arbitrary: fc.nat(5000) },
  { weight: 1, arbitrary: fc.nat(150_000) },
);
const someFrames = fc
  .array(sizes, { maxLength: 30 })
  .map((list) => list.map((size, index) => new Uint8Array(size).fill(index + 1)));

describe("frames on a stream", () => {
  it("come out as they went in, wherever the stream is cut", () => {
    fc.assert(
      fc.property(someFrames, fc.array(fc.nat(), { maxLength: 40 }), (frames, places) => {
        const cutter = new FrameCutter(150_000);
        const cut = cutAll(cutter, split(wireOf(frames), places));
        // Byte by byte, a matcher takes a hundred times as long.
        expect(cut.map((frame, index) => Buffer.compare(frame, frames[index] ?? NONE))).toEqual(frames.map(() => 0));
        expect(cutter.isBetweenFrames).toBe(true);
      }),
      { numRuns: process.env["COTERIE_TEST_LONG"] === "1" ? 5000 : 60 },
    );
  });

  it("come out when every byte comes alone", () => {
    const frames = [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(300).fill(9)];
    const bytes = [...wireOf(frames)].map((byte) => Uint8Array.of(byte));
    expect(cutAll(new FrameCutter(300), bytes)).toEqual(frames);
  });

  it("stand on the wire as ZooKeeper's: a length of 4 bytes, big-endian, and the bytes", () => {
    expect([...wireOf([new Uint8Array(258).fill(7)]).subarray(0, 5)]).toEqual([0, 0, 1, 2, 7]);
  });

  it("hold no more memory than 4 KiB or eight times their own size, when they are kept", () => {
    const frames = Array.from({ length: 600 }, (_, index) => new Uint8Array(index % 50 === 0 ? 9000 : 100));
    const wire = Uint8Array.from(wireOf(frames));
    const kept = cutAll(new FrameCutter(10_000), split(wire, [65_536, 131_072]));
    expect(kept.map(({ length }) => length)).toEqual(frames.map(({ length }) => length));
    for (const { buffer, length } of kept) expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(4096, length * 8));
  });

  it("are refused by their length before their bytes have come, with those before them given out", () => {
    for (const [length, prefix] of [
      [-1, [0xff, 0xff, 0xff, 0xff]],
      [2 ** 31 - 1, [0x7f, 0xff, 0xff, 0xff]],
      [101, [0, 0, 0, 101]],
    ] as const) {
      const cutter = new FrameCutter(100);
      expect(cutAll(cutter, [Uint8Array.of(0, 0, 0, 1, 5, ...prefix)])).toEqual([Uint8Array.of(5)]);
      expect(cutter.refusedLength).toBe(length);
      expect(cutter.next()).toBeNull();
    }
  });

  it("grow with the bytes that come, not with the length that was declared", () => {
    const cutter = new FrameCutter(2 ** 31 - 1);
    const before = process.memoryUsage().arrayBuffers;
    expect(cutAll(cutter, [Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 1, 2, 3)])).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    expect(cutter.isBetweenFrames).toBe(false);
  });
});

describe("a queue of frames", () => {
  it("gathers small frames into one piece and leaves large ones as they are", () => {
    const queue = new SendQueue(false);
    const large = new Uint8Array(100_000);
    for (const frame of [Uint8Array.of(1), large, Uint8Array.of(2), Uint8Array.of(3)]) queue.add(frame);
    const { pieces, queuedBytes } = queue.take();
    expect(pieces.map(({ length }) => length)).toEqual([9, 100_000, 10]);
    expect(pieces[1]).toBe(large);
    expect([queuedBytes, queue.isEmpty]).toEqual([100_003 + 4 * 64, true]);
  });

  it("gives no more at once than a batch, and in the end everything", () => {
    const queue = new SendQueue(false);
    for (let id = 0; id < 10_000; id++) queue.add(new Uint8Array(100).fill(id));
    const batches = [];
    while (!queue.isEmpty) batches.push(queue.take());
    expect(batches.length).toBeGreaterThan(3);
    expect(Math.max(...batches.map(({ queuedBytes }) => queuedBytes))).toBeLessThan(300_000);
    const bytes = Buffer.concat(batches.flatMap(({ pieces }) => pieces));
    expect(cutAll(new FrameCutter(100), [bytes])).toHaveLength(10_000);
  });

  it("gives text without lengths", () => {
    const queue = new SendQueue(true);
    for (const text of ["im", "ok"]) queue.add(Buffer.from(text));
    expect(Buffer.concat(queue.take().pieces).toString()).toBe("imok");
  });
});
