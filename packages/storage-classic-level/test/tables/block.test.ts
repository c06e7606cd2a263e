import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type KeyBounds, KeyWalk } from "../../src/tables/block.ts";
import { type BlockEntry, encodeBlock, internalKey, u32 } from "../support/blocks.ts";

const IS_LONG = process.env["COTERIE_TEST_LONG"] === "1";
const VALUE = Buffer.from("value");
const walk = new KeyWalk();

function entry(user: string, sequence: number, kind?: number): BlockEntry {
  return { key: internalKey(user, sequence, kind), value: VALUE };
}

const KEYS = [entry("a", 3), entry("ab", 9), entry("ab", 7, 0), entry("ab", 2), entry("b", 1), entry("bc", 5)];
const BOUNDS: KeyBounds = {
  after: internalKey("a", 4),
  upTo: internalKey("c", 2 ** 50),
  table: { smallest: internalKey("a", 3), largest: internalKey("bc", 5) },
};

function judge(block: Uint8Array, bounds: KeyBounds = BOUNDS): string | null {
  // Not at the beginning of the bytes, as blocks stand in a file.
  return walk.judge(Buffer.concat([Buffer.from("xyz"), block, block]), 3, 3 + block.length, bounds);
}

function without(part: Partial<KeyBounds>): KeyBounds {
  return { ...BOUNDS, ...part };
}

describe("a block of keys", () => {
  test.each([1, 2, 16])("in order is borne; one of %s shares nothing", (interval) => {
    expect(judge(encodeBlock(KEYS, interval))).toBeNull();
    expect(judge(encodeBlock(KEYS, interval), { ...BOUNDS, after: null, table: null })).toBeNull();
  });

  test.each([
    ["out of order", [KEYS[0]!, KEYS[4]!, KEYS[1]!], "out of order"],
    ["twice the same", [KEYS[0]!, KEYS[1]!, KEYS[1]!], "out of order"],
    ["an earlier write before a later one", [KEYS[0]!, KEYS[3]!, KEYS[1]!], "out of order"],
    ["of an unknown kind", [KEYS[0]!, entry("ab", 7, 2)], "unknown kind"],
    ["too short", [{ key: Buffer.from("1234567"), value: VALUE }], "too short"],
    ["of the block before", [entry("a", 5)], "of the block before"],
    ["of the block behind", [entry("c", 2)], "of the block behind"],
  ])("%s is not", (_, entries, words) => {
    for (const interval of [1, 16]) expect(judge(encodeBlock(entries, interval))).toContain(words);
  });

  test("beyond what is known of the table is not", () => {
    const wide = { after: null, upTo: internalKey("z", 1) };
    expect(judge(encodeBlock([entry("a", 4)]), without(wide))).toContain("before the table's first");
    expect(judge(encodeBlock([entry("bc", 4)]), without(wide))).toContain("behind the table's last");
    expect(judge(encodeBlock([entry("0", 4), entry("y", 4)]), { ...wide, table: null })).toBeNull();
  });

  test("that is longer than any before it is borne", () => {
    const long = [entry("b".repeat(300), 1), entry("b".repeat(5000), 1)];
    expect(judge(encodeBlock(long), { after: null, upTo: internalKey("c", 1), table: null })).toBeNull();
  });
});

describe("what else LevelDB takes for granted", () => {
  const block = encodeBlock(KEYS, 2);
  const entriesEnd = block.length - 16;

  function changed(at: number, bytes: Uint8Array): Buffer {
    const copy = Buffer.from(block);
    copy.set(bytes, at);
    return copy;
  }

  test.each([
    ["a restart point beyond the entries", changed(entriesEnd + 8, u32(9999)), "restart point"],
    [
      "a restart point within an entry",
      changed(entriesEnd + 8, u32(block.readUInt32LE(entriesEnd + 8) + 1)),
      "restart",
    ],
    ["restart points that do not ascend", changed(entriesEnd + 4, u32(0)), "restart point"],
    ["a first restart point elsewhere", changed(entriesEnd, u32(block.readUInt32LE(entriesEnd + 4))), "restart point"],
    ["one restart point fewer", changed(block.length - 4, u32(2)), "has a"],
    ["one restart point more", changed(block.length - 4, u32(4)), "has a"],
    ["no restart point", changed(block.length - 4, u32(0)), "no restart point"],
    ["no entry", Buffer.concat([u32(0), u32(1)]), "restart point"],
    ["a value that is longer than the block", changed(2, Buffer.from([127])), "does not end where it should"],
    ["a key that shares with none", changed(0, Buffer.from([1])), "shares more"],
    ["a length without an end", changed(0, Buffer.alloc(8, 255)), "does not end where it should"],
  ])("%s", (_, bytes, words) => {
    expect(judge(bytes)).toContain(words);
  });

  test("lengths that together are above 2^32, which LevelDB would take for few bytes", () => {
    const entryBytes = Buffer.concat([Buffer.from([0, 0xfe, 0xff, 0xff, 0xff, 0x0f, 20]), Buffer.alloc(40, 1)]);
    expect(judge(Buffer.concat([entryBytes, u32(0), u32(1)]))).toContain("does not end where it should");
  });

  test("what LevelDB itself takes for no block is left for it to say", () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from([1, 0, 0]), u32(1), changed(block.length - 4, u32(2 ** 30))])
      expect(judge(bytes)).toBeNull();
  });
});

describe("a flipped bit", () => {
  const keys = fc.uniqueArray(fc.tuple(fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 4 }), fc.nat(9)), {
    minLength: 1,
    maxLength: 12,
    selector: ([user, sequence]) => `${user} ${sequence}`,
  });

  test("is borne if and only if the keys can be read and are in order all the same", () => {
    fc.assert(
      fc.property(keys, fc.constantFrom(1, 3, 16), fc.nat(), fc.nat(7), (drawn, interval, place, bit) => {
        const entries = drawn
          .map(([user, sequence]) => ({ key: internalKey(user, sequence), value: Buffer.from(user) }))
          .sort((one, other) => compare(one.key, other.key));
        const block = encodeBlock(entries, interval);
        const [first, last] = [entries[0]!.key, entries.at(-1)!.key];
        const bounds = { after: null, upTo: last, table: { smallest: first, largest: last } };
        expect(judge(block, bounds)).toBeNull();
        block[place % block.length]! ^= 1 << bit;
        const found = readKeys(block);
        const isBorne = found === "no block" || (found !== null && isOrdered(found, first, last));
        expect(judge(block, bounds) === null).toBe(isBorne);
      }),
      { numRuns: IS_LONG ? 20_000 : 500 },
    );
  });
});

/** The same as a key walk, without any of its haste: all keys as they are read, or null. */
function readKeys(block: Buffer): readonly Buffer[] | "no block" | null {
  if (block.length < 4) return "no block";
  const count = block.readUInt32LE(block.length - 4);
  if (count > block.length / 4 - 1) return "no block";
  const end = block.length - 4 * (count + 1);
  const restarts = Array.from({ length: count }, (_, index) => block.readUInt32LE(end + 4 * index));
  const places: number[] = [];
  const keys: Buffer[] = [];
  for (let at = 0; at < end;) {
    places.push(at);
    const numbers: number[] = [];
    const isRestart = restarts.includes(at);
    while (numbers.length < 3) {
      let [value, scale] = [0, 1];
      for (; at < end && block[at]! > 127 && scale < 2 ** 28; scale *= 128) value += (block[at++]! - 128) * scale;
      if (at >= end || block[at]! > 127) return null;
      numbers.push(value + block[at++]! * scale);
    }
    const [shared, own, valueSize] = numbers as [number, number, number];
    const before = keys.at(-1) ?? Buffer.alloc(0);
    if (own + valueSize > end - at || shared > before.length || (isRestart && shared > 0)) return null;
    keys.push(Buffer.concat([before.subarray(0, shared), block.subarray(at, at + own)]));
    at += own + valueSize;
  }
  const isSane = restarts[0] === 0 && restarts.every((at, index) => index === 0 || at > restarts[index - 1]!);
  return isSane && restarts.every((at) => places.includes(at)) ? keys : null;
}

function isOrdered(keys: readonly Buffer[], first: Uint8Array, last: Uint8Array): boolean {
  if (keys.length === 0 || keys.some((key) => key.length < 8 || key.at(-8)! > 1)) return false;
  const isAscending = keys.every((key, index) => index === 0 || compare(keys[index - 1]!, key) < 0);
  return isAscending && compare(keys[0]!, first) >= 0 && compare(keys.at(-1)!, last) <= 0;
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const users = Buffer.compare(one.subarray(0, -8), other.subarray(0, -8));
  const [a, b] = [one, other].map((key) => Buffer.from(key).readBigUInt64LE(key.length - 8)) as [bigint, bigint];
  return users !== 0 ? users : a === b ? 0 : a > b ? -1 : 1;
}
