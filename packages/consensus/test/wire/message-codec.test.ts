import {
  type ChainHash,
  CoterieError,
  createZxid,
  type Epoch,
  LOG_LIMITS,
  type LogPosition,
  type Zxid,
} from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message, Propose } from "../../src/message.ts";
import { decodeMessage, encodeMessage } from "../../src/wire/message-codec.ts";
import { entriesAfter, KINDS, messageArbitrary, MESSAGES } from "./messages.ts";

const runs = process.env["COTERIE_TEST_LONG"] === "1" ? 100_000 : 2000;

/** The message, or the code of the error. */
function decoded(frame: Uint8Array): Message | string {
  try {
    return decodeMessage(frame);
  } catch (error) {
    return error instanceof CoterieError ? error.code : String(error);
  }
}

/** Whether `frame` was refused in words; if it was not, it must be the frame of what it gave. */
function isRefused(frame: Uint8Array): boolean {
  const result = decoded(frame);
  if (typeof result !== "string") {
    expect(encodeMessage(result)).toEqual(frame);
    return false;
  }
  expect(result).toBe("FRAME_CORRUPT");
  return true;
}

describe("a message", () => {
  it.each(KINDS)("of kind %s reads back as what was written", (kind) => {
    fc.assert(
      fc.property(MESSAGES[kind] as fc.Arbitrary<Message>, (message) => {
        const frame = encodeMessage(message);
        expect(decodeMessage(frame)).toEqual(message);
        expect(frame.byteLength).toBe(frame.buffer.byteLength);
      }),
      { numRuns: runs / 20 },
    );
  });

  it("is taken from no shorter and no longer frame", () => {
    fc.assert(
      fc.property(messageArbitrary, fc.nat(), (message, at) => {
        const frame = encodeMessage(message);
        expect(decoded(frame.slice(0, at % frame.length))).toBe("FRAME_CORRUPT");
        expect(decoded(Uint8Array.from([...frame, 0]))).toBe("FRAME_CORRUPT");
      }),
      { numRuns: runs / 4 },
    );
  });

  it("has one frame only: one with other bits is refused, or is the frame of another message", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 3 });
    let refused = 0;
    fc.assert(
      fc.property(messageArbitrary, flips, (message, bits) => {
        const frame = encodeMessage(message);
        for (const [at, bit] of bits) frame[at % frame.length]! ^= 1 << bit;
        if (isRefused(frame)) refused++;
      }),
      { numRuns: runs },
    );
    expect(refused).toBeGreaterThan(runs / 10);
    expect(refused).toBeLessThan(runs);
  });

  it("comes out of no garbage but its own frame", () => {
    const anyKind = fc.tuple(fc.nat({ max: 30 }), fc.uint8Array({ maxLength: 60 }));
    let refused = 0;
    fc.assert(
      fc.property(anyKind, ([kind, rest]) => {
        if (isRefused(Uint8Array.from([kind, ...rest]))) refused++;
      }),
      { numRuns: runs },
    );
    expect(refused).toBeGreaterThan(runs / 2);
    expect(isRefused(new Uint8Array())).toBe(true);
  });

  it("reads from the middle of a larger buffer, and its bytes are views of it that are no Buffers", () => {
    const message: Message = { kind: "requests", epoch: 1 as Epoch, payloads: [Uint8Array.of(7, 8)] };
    const whole = Buffer.concat([Buffer.from("before"), encodeMessage(message), Buffer.from("after")]);
    const frame = whole.subarray(6, -5);
    const back = decodeMessage(frame);
    expect(back).toStrictEqual(message);
    const [payload] = back.kind === "requests" ? back.payloads : [];
    expect(payload?.buffer).toBe(whole.buffer);
    expect(Buffer.isBuffer(payload)).toBe(false);
  });
});

describe("entries in a frame", () => {
  const after: LogPosition = { zxid: createZxid(3, 10), chainHash: -2 as ChainHash };
  const proposal = (...zxids: readonly Zxid[]): Propose => ({
    kind: "propose",
    epoch: 3 as Epoch,
    after,
    entries: entriesAfter(
      after,
      zxids.map((zxid) => ({ zxid, tag: 0, bytes: Uint8Array.of(1, 2, 3, 4, 5) })),
    ),
    committed: createZxid(3, 9),
  });

  it("are refused if any of their bytes, their tags, zxids, their beginning or their end is another one", () => {
    const frame = encodeMessage(proposal(createZxid(3, 11), createZxid(3, 12), createZxid(4, 1)));
    const survivors: number[] = [];
    for (let at = 0; at < frame.length * 8; at++) {
      const changed = frame.slice();
      changed[at >> 3]! ^= 1 << (at & 7);
      if (!isRefused(changed)) survivors.push(at >> 3);
    }
    // Only the epoch and the commit point in front of the chain may differ unseen: receivers judge them.
    expect([...new Set(survivors)]).toEqual([1, 2, 3]);
  });

  it("step over zxids and into later epochs, as far as zxids go", () => {
    const high = createZxid(2 ** 21 - 1, 2 ** 32 - 1);
    const message = proposal(createZxid(3, 11), createZxid(3, 2 ** 32 - 1), createZxid(4, 1), high);
    expect(decodeMessage(encodeMessage(message))).toStrictEqual(message);
  });

  it("do not stand still or go back, have no counter 0, and are not none", () => {
    const assertion = expect.objectContaining({ code: "ASSERTION" });
    expect(() => encodeMessage(proposal())).toThrow(assertion);
    expect(() => encodeMessage(proposal(createZxid(3, 10)))).toThrow(assertion);
    expect(() => encodeMessage(proposal(createZxid(2, 11)))).toThrow(assertion);
    expect(() => encodeMessage(proposal(createZxid(4, 0)))).toThrow(assertion);
  });

  it("are as long as a store takes them, and no longer", () => {
    const bytes = new Uint8Array(LOG_LIMITS.entrySizeMaxBytes + 1);
    const withBytes = (size: number): Propose => ({
      ...proposal(),
      entries: entriesAfter(after, [{ zxid: createZxid(3, 11), tag: 0, bytes: bytes.subarray(0, size) }]),
    });
    const longest = encodeMessage(withBytes(bytes.length - 1));
    expect(decodeMessage(longest)).toMatchObject({ entries: [{ zxid: createZxid(3, 11) }] });
    expect(() => encodeMessage(withBytes(bytes.length))).toThrow(expect.objectContaining({ code: "ASSERTION" }));
    // The length stands in front of the bytes: 2^24 in four bytes of seven bits.
    const lengthAt = longest.length - 4 - (bytes.length - 1) - 4;
    expect([...longest.subarray(lengthAt, lengthAt + 4)]).toEqual([0x80, 0x80, 0x80, 0x08]);
    const longer = Uint8Array.from(Buffer.concat([longest, Buffer.of(0)]));
    longer[lengthAt] = 0x81;
    expect(decoded(longer)).toBe("FRAME_CORRUPT");
  });
});
