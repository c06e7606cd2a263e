import { describe, expect, it } from "vitest";
import { SendQueue } from "../src/stream/send-queue.ts";

const LARGE = new Uint8Array(10_000).fill(7);

/** What leaves the queue at once, and how long each piece is. */
function taken(queue: SendQueue): { readonly bytes: Buffer; readonly sizes: number[] } {
  const { pieces } = queue.take();
  return { bytes: Buffer.concat(pieces), sizes: pieces.map(({ length }) => length) };
}

describe("frames that wait to be sent", () => {
  it("leave in one piece with their prefixes, whether one waited or several, and again when the queue was empty", () => {
    const queue = new SendQueue(false);
    queue.add(Buffer.from("a"));
    expect(taken(queue)).toEqual({ bytes: Buffer.from("\0\0\0\x01a"), sizes: [5] });
    expect(queue.isEmpty).toBe(true);
    queue.add(Buffer.from("b"));
    queue.add(Buffer.from("cd"));
    expect(taken(queue)).toEqual({ bytes: Buffer.from("\0\0\0\x01b\0\0\0\x02cd"), sizes: [11] });
    expect(queue.isEmpty).toBe(true);
  });

  it("that are large are not copied, wherever they stand, and are text without a prefix", () => {
    const queue = new SendQueue(false);
    for (const frame of [LARGE, Buffer.from("a"), LARGE]) queue.add(frame);
    const prefix = Buffer.from([0, 0, 0x27, 0x10]);
    expect(taken(queue)).toEqual({
      bytes: Buffer.concat([prefix, LARGE, Buffer.from("\0\0\0\x01a"), prefix, LARGE]),
      sizes: [4, 10_000, 9, 10_000],
    });
    const text = new SendQueue(true);
    text.add(LARGE);
    text.add(Buffer.from("a"));
    expect(taken(text)).toEqual({ bytes: Buffer.concat([LARGE, Buffer.from("a")]), sizes: [10_000, 1] });
  });

  it("in two queues do not meet", () => {
    const [one, other] = [new SendQueue(false), new SendQueue(false)];
    one.add(Buffer.from("a"));
    expect(other.isEmpty).toBe(true);
  });
});
