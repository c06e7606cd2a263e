import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrameSplitter, type FrameSplitter, isProtocolError, JUTE_BUFFER_MAX_BYTES } from "../src/index.ts";
import { bytesOfHex, encodeStream } from "./encode.ts";

function drain(splitter: FrameSplitter): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let frame = splitter.next(); frame !== null; frame = splitter.next()) frames.push(frame);
  return frames;
}

/** `stream` cut at each of `cuts`, which may repeat and stand in any order. */
function cut(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const bounds = [0, ...cuts.map((position) => position % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  return bounds.slice(1).map((end, index) => stream.subarray(bounds[index], end));
}

function failureOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}

const frames = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 12 });
const cuts = fc.array(fc.nat({ max: 1000 }), { maxLength: 30 });

describe("the splitter", () => {
  it("gives the same frames however the stream is cut", () => {
    fc.assert(
      fc.property(frames, cuts, (sent, positions) => {
        const splitter = createFrameSplitter();
        const received = cut(encodeStream(sent), positions).flatMap((chunk) => {
          splitter.push(chunk);
          return drain(splitter);
        });
        expect(received).toEqual(sent);
        expect(splitter.pendingBytes).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps what is not pulled yet, in order", () => {
    fc.assert(
      fc.property(frames, cuts, fc.array(fc.nat({ max: 3 })), (sent, positions, pulls) => {
        const splitter = createFrameSplitter();
        const received: Uint8Array[] = [];
        const stream = encodeStream(sent);
        let pushedBytes = 0;
        for (const [index, chunk] of cut(stream, positions).entries()) {
          splitter.push(chunk);
          pushedBytes += chunk.length;
          for (let pull = 0; pull < (pulls[index] ?? 0); pull++) {
            const frame = splitter.next();
            if (frame !== null) received.push(frame);
          }
          const givenBytes = received.reduce((sum, frame) => sum + frame.length + 4, 0);
          expect(splitter.pendingBytes).toBe(pushedBytes - givenBytes);
        }
        expect([...received, ...drain(splitter)]).toEqual(sent);
      }),
      { numRuns: 500 },
    );
  });

  it("gives long frames whole, byte by byte or in chunks", () => {
    const sent = [new Uint8Array(20_000).map((_, index) => index), Uint8Array.of(1), new Uint8Array(9000).fill(3)];
    const stream = encodeStream(sent);
    for (const size of [1, 4093, 65_536, 1_000_000]) {
      const splitter = createFrameSplitter();
      const received: Uint8Array[] = [];
      for (let start = 0; start < stream.length; start += size) {
        splitter.push(stream.subarray(start, start + size));
        received.push(...drain(splitter));
      }
      expect(received).toEqual(sent);
    }
  });

  it("gives a view of the chunk where a frame lies in one", () => {
    const stream = encodeStream([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
    const splitter = createFrameSplitter();
    splitter.push(stream);
    for (const frame of drain(splitter)) expect(frame.buffer).toBe(stream.buffer);
  });

  it("gives plain Uint8Arrays from a Buffer", () => {
    const splitter = createFrameSplitter();
    splitter.push(Buffer.from(encodeStream([Uint8Array.of(1, 2, 3)])));
    expect(splitter.next()?.constructor).toBe(Uint8Array);
  });

  it("never writes to a frame that it gave", () => {
    const sent = [Uint8Array.of(1, 2, 3, 4, 5, 6), Uint8Array.of(7, 8, 9, 10, 11, 12)];
    const stream = encodeStream(sent);
    const splitter = createFrameSplitter();
    splitter.push(stream.slice(0, 7));
    splitter.push(stream.slice(7, 16));
    const first = splitter.next();
    splitter.push(stream.slice(16));
    expect([first, splitter.next()]).toEqual(sent);
  });

  it("accepts lengths from 0 to the limit", () => {
    const splitter = createFrameSplitter();
    const sent = [new Uint8Array(0), new Uint8Array(JUTE_BUFFER_MAX_BYTES)];
    splitter.push(encodeStream(sent));
    expect(drain(splitter).map((frame) => frame.length)).toEqual([0, JUTE_BUFFER_MAX_BYTES]);
  });

  it.each([
    ["ffffffff", "length-negative"],
    ["fffffffe", "length-negative"],
    ["80000000", "length-negative"],
    ["7fffffff", "length-above-limit"],
    ["00100000", "length-above-limit"],
    ["72756f6b", "length-above-limit"],
  ])("refuses the length %s after the frames before it, and from then on", (hex, reason) => {
    const good = [Uint8Array.of(1), Uint8Array.of(2, 3)];
    const stream = Buffer.concat([encodeStream(good), bytesOfHex(hex), Buffer.alloc(100)]);
    fc.assert(
      fc.property(cuts, (positions) => {
        const splitter = createFrameSplitter();
        for (const chunk of cut(stream, positions)) splitter.push(chunk);
        expect([splitter.next(), splitter.next()]).toEqual(good);
        const failure = failureOf(() => splitter.next());
        expect(isProtocolError(failure)).toBe(true);
        expect(failure).toMatchObject({ code: "MARSHALLING_ERROR", reason });
        splitter.push(encodeStream(good));
        expect(failureOf(() => splitter.next())).toBe(failure);
        expect(splitter.pendingBytes).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps to a limit of its own", () => {
    const splitter = createFrameSplitter({ frameSizeMaxBytes: 5 });
    splitter.push(encodeStream([new Uint8Array(5), new Uint8Array(6)]));
    expect(splitter.next()?.length).toBe(5);
    expect(failureOf(() => splitter.next())).toMatchObject({ reason: "length-above-limit" });
  });
});

describe("a backlog that never drains", () => {
  it("comes out in order and is let go of as it is used up", () => {
    const splitter = createFrameSplitter();
    const stream = (index: number): Uint8Array => encodeStream([Uint8Array.of(index >> 8, index & 0xff)]);
    for (let index = 0; index < 3; index++) splitter.push(stream(index));
    for (let index = 0; index < 1000; index++) {
      splitter.push(stream(index + 3));
      expect(splitter.next()).toEqual(Uint8Array.of(index >> 8, index & 0xff));
      expect(splitter.pendingBytes).toBe(18);
    }
    // Every field of the splitter, private ones too: a thousand chunks kept would be far longer.
    expect(JSON.stringify(splitter).length).toBeLessThan(1000);
  });

  it("lets go of each chunk as it is used up, not only of many at once", () => {
    const splitter = createFrameSplitter();
    for (let index = 0; index < 100; index++) splitter.push(encodeStream([new Uint8Array(10)]));
    const before = JSON.stringify(splitter).length;
    for (let index = 0; index < 40; index++) splitter.next();
    expect(JSON.stringify(splitter).length).toBeLessThan(before * 0.7);
  });
});
