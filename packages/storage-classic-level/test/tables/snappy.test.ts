import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCK_SIZE_MAX_BYTES, unpackSnappy } from "../../src/tables/snappy.ts";

function unpack(bytes: readonly number[]): string | number {
  const unpacked = unpackSnappy(Uint8Array.from([9, ...bytes, 9]), 1, bytes.length + 1);
  if (unpacked.kind === "too-large") return unpacked.sizeBytes;
  return unpacked.kind === "unpacked" ? Buffer.from(unpacked.bytes).toString("latin1") : unpacked.kind;
}

const A = 0x61;
const as = (count: number): number[] => Array.from({ length: count }, () => A);

describe("Snappy", () => {
  test.each([
    ["nothing", [0], ""],
    ["a literal", [3, 2 << 2, A, A + 1, A + 2], "abc"],
    ["a literal whose length takes a byte", [61, 60 << 2, 60, ...as(61)], "a".repeat(61)],
    ["a literal whose length takes two bytes", [61, 61 << 2, 60, 0, ...as(61)], "a".repeat(61)],
    ["a literal whose length takes four bytes", [61, 63 << 2, 60, 0, 0, 0, ...as(61)], "a".repeat(61)],
    ["a short copy", [7, 2 << 2, A, A + 1, A + 2, 0b001, 3], "abcabca"],
    ["a copy from two bytes away that overlaps itself", [8, 1 << 2, A, A + 1, (5 << 2) | 2, 2, 0], "abababab"],
    ["a copy whose distance takes four bytes", [4, 1 << 2, A, A + 1, (1 << 2) | 3, 2, 0, 0, 0], "abab"],
    // A length of 2^32 is one of 0 to whoever adds one to 32 bits.
    ["a literal of no length", [1, 63 << 2, 255, 255, 255, 255, 0, A], "a"],
  ])("unpacks %s", (_, bytes, expected) => {
    expect(unpack(bytes)).toBe(expected);
  });

  test.each([
    ["no length", []],
    ["a length without an end", [0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ["a length above 2^32", [0x80, 0x80, 0x80, 0x80, 0x10]],
    ["less than it says", [4, 2 << 2, A, A, A]],
    ["more than it says", [2, 2 << 2, A, A, A]],
    ["a literal that does not end", [3, 2 << 2, A, A]],
    ["a copy that does not end", [4, 0, A, (2 << 2) | 2, 1]],
    ["a copy from before the beginning", [8, 1 << 2, A, A, (5 << 2) | 2, 3, 0]],
    ["a copy from no distance", [8, 1 << 2, A, A, (5 << 2) | 2, 0, 0]],
    ["a copy beyond the end", [6, 1 << 2, A, A, (5 << 2) | 2, 2, 0]],
    ["far more than bytes can stand for", [0xff, 0xff, 0xff, 0x01, 0, A]],
  ])("does not unpack %s", (_, bytes) => {
    expect(unpack(bytes)).toBe("unreadable");
  });

  test("says of a length for which there may be no memory that it is too large", () => {
    expect(unpack([0xff, 0xff, 0xff, 0xff, 0x0f])).toBe(2 ** 32 - 1);
    expect(unpack([0x81, 0x80, 0x80, 0x20])).toBe(BLOCK_SIZE_MAX_BYTES + 1);
  });

  test("bears whatever bytes there are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const unpacked = unpackSnappy(bytes, 0, bytes.length);
        if (unpacked.kind === "unpacked") expect(unpacked.bytes.length).toBeLessThanOrEqual(bytes.length * 22);
        expect(["unpacked", "unreadable", "too-large"]).toContain(unpacked.kind);
      }),
      { numRuns: 1000 },
    );
  });
});
