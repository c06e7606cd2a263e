import { CoterieError, type PeerId } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hello } from "../../src/message.ts";
import {
  chooseVersion,
  decodeHello,
  encodeHello,
  type HelloFrame,
  PEER_PROTOCOL_VERSION_MAX,
  PEER_PROTOCOL_VERSION_MIN,
} from "../../src/wire/hello.ts";
import { clusterId, peer } from "./messages.ts";

const helloArbitrary: fc.Arbitrary<Hello> = fc.record({
  peer,
  clusterId: fc.option(clusterId),
  incarnation: fc.oneof(fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER)),
  voterSetDigest: fc.nat({ max: 2 ** 32 - 1 }),
});
const version = fc.integer({ min: 1, max: 255 });
const FIRST: Hello = { peer: 7 as PeerId, clusterId: "ab", incarnation: 258, voterSetDigest: 0xfedcba98 };
const BYTES = [0x5a, 0x41, 0x42, 0x1f, 1, 1, 7, 2, 0x61, 0x62, 0, 0x82, 0x02, 0xfe, 0xdc, 0xba, 0x98];

/** What the frame says, or the code of the error. */
function decoded(frame: Uint8Array): HelloFrame | string {
  try {
    return decodeHello(frame);
  } catch (error) {
    return error instanceof CoterieError ? error.code : String(error);
  }
}

describe("a hello", () => {
  it("has these bytes, and the version of this peer is 1", () => {
    const frame = encodeHello(FIRST, PEER_PROTOCOL_VERSION_MIN, PEER_PROTOCOL_VERSION_MAX);
    expect([...frame]).toEqual(BYTES);
    expect(decodeHello(frame)).toStrictEqual({ hello: FIRST, versionMin: 1, versionMax: 1 });
  });

  it("reads back as what was written, for any versions", () => {
    fc.assert(
      fc.property(helloArbitrary, version, version, (hello, a, b) => {
        const [versionMin, versionMax] = [Math.min(a, b), Math.max(a, b)];
        const frame = encodeHello(hello, versionMin, versionMax);
        expect(decodeHello(frame)).toEqual({ hello, versionMin, versionMax });
      }),
    );
  });

  it("may say more if its peer speaks a later version, and only then", () => {
    const later = Uint8Array.from([...encodeHello(FIRST, 1, 2), 1, 2, 3]);
    expect(decodeHello(later)).toStrictEqual({ hello: FIRST, versionMin: 1, versionMax: 2 });
    expect(decoded(Uint8Array.from([...BYTES, 1]))).toBe("FRAME_CORRUPT");
  });

  it("is taken from no shorter frame, and other bits are refused or make another hello", () => {
    let refused = 0;
    fc.assert(
      fc.property(helloArbitrary, fc.nat(), fc.nat({ max: 7 }), (hello, at, bit) => {
        const frame = encodeHello(hello, 1, 1);
        expect(decoded(frame.slice(0, at % frame.length))).toBe("FRAME_CORRUPT");
        frame[at % frame.length]! ^= 1 << bit;
        const result = decoded(frame);
        if (typeof result === "string") refused++;
        if (typeof result === "string") expect(result).toBe("FRAME_CORRUPT");
        else expect(encodeHello(result.hello, result.versionMin, result.versionMax)).toEqual(frame);
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  it("is refused in each of these cases", () => {
    const changed = (at: number, to: number): Uint8Array => Uint8Array.from(BYTES.with(at, to));
    const bad = [changed(0, 0), changed(3, 0), changed(4, 0), changed(4, 2), changed(6, 0), changed(6, 255)];
    expect(bad.map(decoded)).toEqual(bad.map(() => "FRAME_CORRUPT"));
  });

  it("is written for values in range only", () => {
    const assertion = expect.objectContaining({ code: "ASSERTION" });
    expect(() => encodeHello(FIRST, 0, 1)).toThrow(assertion);
    expect(() => encodeHello(FIRST, 2, 1)).toThrow(assertion);
    expect(() => encodeHello(FIRST, 1, 256)).toThrow(assertion);
    expect(() => encodeHello({ ...FIRST, voterSetDigest: -1 }, 1, 1)).toThrow(assertion);
    expect(() => encodeHello({ ...FIRST, incarnation: 2 ** 53 }, 1, 1)).toThrow(assertion);
    expect(() => encodeHello({ ...FIRST, peer: 0 as PeerId }, 1, 1)).toThrow(assertion);
  });
});

describe("the version of a link", () => {
  it.each([
    [1, 1, 1, 1, 1],
    [1, 3, 2, 5, 3],
    [2, 5, 1, 2, 2],
    [1, 2, 3, 4, null],
    [3, 4, 1, 2, null],
  ])("of peers that speak %i..%i and %i..%i is %s", (aMin, aMax, bMin, bMax, expected) => {
    const [a, b] = [
      { versionMin: aMin, versionMax: aMax },
      { versionMin: bMin, versionMax: bMax },
    ];
    expect([chooseVersion(a, b), chooseVersion(b, a)]).toEqual([expected, expected]);
  });
});
