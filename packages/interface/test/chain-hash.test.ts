import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHAIN_HASH_NONE, type ChainHash, chainHash, createZxid, type Zxid } from "../src/index.ts";
import { murmurHash3 } from "../src/murmur-hash3.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const zxids = fc
  .tuple(fc.nat({ max: 2 ** 21 - 1 }), fc.nat({ max: 2 ** 32 - 1 }))
  .map(([epoch, counter]) => createZxid(epoch, counter));
const tags = fc.nat({ max: 255 });
const payloads = fc.uint8Array({ maxLength: 64 });
const hashes = fc.integer().map((value) => value as ChainHash);

/** Vectors for MurmurHash3_x86_32 that implementations of it have in common. */
describe("MurmurHash3", () => {
  it.each<[number, Uint8Array, number]>([
    [0, ascii(""), 0],
    [1, ascii(""), 0x514e28b7],
    [0xffffffff, ascii(""), 0x81f16f39],
    [0, Uint8Array.of(255, 255, 255, 255), 0x76293b50],
    [0, Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0xf55b516b],
    [0, Uint8Array.of(0x21, 0x43, 0x65), 0x7e4a8634],
    [0, Uint8Array.of(0x21, 0x43), 0xa0f7b07a],
    [0, Uint8Array.of(0x21), 0x72661cf4],
    [0, Uint8Array.of(0, 0, 0, 0), 0x2362f9de],
    [0x9747b28c, ascii("abc"), 0xc84a62dd],
    [0x9747b28c, ascii("abcd"), 0xf0478627],
    [0x9747b28c, ascii("Hello, world!"), 0x24884cba],
    [0x9747b28c, ascii("The quick brown fox jumps over the lazy dog"), 0x2fa826cd],
  ])("with the seed %i of %j", (seed, bytes, expected) => {
    expect(murmurHash3(seed, bytes) >>> 0).toBe(expected);
  });
});

/** Another zxid of the same epoch. */
function neighbourOf(zxid: Zxid): Zxid {
  return (zxid % 2 === 0 ? zxid + 1 : zxid - 1) as Zxid;
}

describe("chainHash", () => {
  it("is MurmurHash3 of zxid, tag and bytes, seeded with the hash before", () => {
    fc.assert(
      fc.property(hashes, zxids, tags, payloads, (previous, zxid, tag, bytes) => {
        const input = new Uint8Array(8 + bytes.length);
        new DataView(input.buffer).setBigUint64(0, BigInt(zxid) | (BigInt(tag) << 56n), true);
        input.set(bytes, 8);
        expect(chainHash(previous, zxid, tag, bytes)).toBe(murmurHash3(previous, input));
      }),
    );
  });

  it("never meets again where the entries after a difference are equal", () => {
    const entries = fc.array(fc.tuple(zxids, payloads), { maxLength: 5 });
    fc.assert(
      fc.property(hashes, hashes, entries, (one, other, later) => {
        fc.pre(one !== other);
        const follow = (start: ChainHash): ChainHash =>
          later.reduce((hash, [zxid, bytes]) => chainHash(hash, zxid, 0, bytes), start);
        expect(follow(one)).not.toBe(follow(other));
      }),
    );
  });

  it("shows a changed byte, tag and zxid", () => {
    fc.assert(
      fc.property(zxids, fc.nat({ max: 254 }), fc.uint8Array({ minLength: 1, maxLength: 64 }), (zxid, tag, bytes) => {
        const changed = bytes.slice();
        changed[bytes.length >> 1]! ^= 0x10;
        const hash = chainHash(CHAIN_HASH_NONE, zxid, tag, bytes);
        expect(chainHash(CHAIN_HASH_NONE, zxid, tag, changed)).not.toBe(hash);
        expect(chainHash(CHAIN_HASH_NONE, zxid, tag + 1, bytes)).not.toBe(hash);
        expect(chainHash(CHAIN_HASH_NONE, neighbourOf(zxid), tag, bytes)).not.toBe(hash);
      }),
    );
  });

  // Worked out from the definition by another program, in another language.
  it("stays what it is: logs are kept for years", () => {
    const first = chainHash(CHAIN_HASH_NONE, createZxid(1, 1), 0, ascii("one"));
    const second = chainHash(first, createZxid(2 ** 21 - 1, 2 ** 32 - 1), 255, ascii("two and a half"));
    expect([first, second]).toEqual([-658176464, 351389086]);
  });
});
