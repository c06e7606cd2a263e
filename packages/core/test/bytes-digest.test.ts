import fc from "fast-check";
import { expect, it } from "vitest";
import { BytesDigest } from "../src/digest/bytes-digest.ts";

it("a digest that is made while copying is the same one, and what surrounds the copy stays as it was", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.nat(40), fc.nat(7), (bytes, one, other, to) => {
      const [start, end] = [Math.min(one, other, bytes.length), Math.min(Math.max(one, other), bytes.length)];
      const target = new Uint8Array(64).fill(0xaa);
      const copied = new BytesDigest();
      copied.copy(bytes, start, end, target, to);
      const plain = new BytesDigest();
      plain.of(bytes, start, end);
      expect([copied.a, copied.b]).toEqual([plain.a, plain.b]);
      const expected = new Uint8Array(64).fill(0xaa);
      expected.set(bytes.subarray(start, end), to);
      expect(target).toEqual(expected);
    }),
  );
});
