import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32c, maskedCrc } from "../../src/tables/crc32c.ts";

// RFC 3720, B.4, and the check value that is in every list of checksums.
const READ = "01c00000000000000000000000000000140000000000040000000014000000182800000000000000" + "0200000000000000";
const KNOWN: readonly (readonly [string, Uint8Array, number])[] = [
  ["nothing", new Uint8Array(0), 0],
  ["123456789", Buffer.from("123456789"), 0xe306_9283],
  ["32 zeros", new Uint8Array(32), 0x8a91_36aa],
  ["32 ones", new Uint8Array(32).fill(255), 0x62a8_ab43],
  ["ascending bytes", Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd_794e],
  ["descending bytes", Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113f_db5c],
  ["a SCSI read", Buffer.from(READ, "hex"), 0xd996_3a56],
];

describe("CRC-32C", () => {
  test.each(KNOWN)("of %s", (_, bytes, crc) => {
    expect(crc32c(bytes, 0, bytes.length)).toBe(crc);
  });

  test("is the same wherever bytes stand, and piece by piece", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), fc.nat(300), (bytes, offset, cut) => {
        const within = new Uint8Array(offset + bytes.length + 5).fill(0xaa);
        within.set(bytes, offset);
        const end = offset + bytes.length;
        const middle = offset + Math.min(cut, bytes.length);
        const expected = bitwise(bytes);
        expect(crc32c(within, offset, end)).toBe(expected);
        expect(crc32c(within.subarray(offset), 0, bytes.length)).toBe(expected);
        expect(crc32c(within, middle, end, crc32c(within, offset, middle))).toBe(expected);
      }),
    );
  });

  test("is stored rotated and shifted", () => {
    // Of LevelDB's own description of its logs: a rotation by 15 bits, and a number that is added.
    expect(maskedCrc(0)).toBe(0xa282_ead8);
    expect(maskedCrc(0x0000_8000)).toBe(0xa282_ead9);
    expect(maskedCrc(0xffff_ffff)).toBe(0xa282_ead7);
  });
});

function bitwise(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0x82f6_3b78 : 0);
  }
  return ~crc >>> 0;
}
