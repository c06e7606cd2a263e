import { AssertionError } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PathIndex } from "../src/tree/path-index.ts";
import { WaitingInserts } from "../src/tree/waiting-inserts.ts";

/** Every reference that the index has under `hash`. */
function refsOf(index: PathIndex, hash: number): number[] {
  const refs: number[] = [];
  for (let slot = index.probe(hash, -1); slot >= 0; slot = index.probe(hash, slot)) refs.push(index.refAt(hash, slot));
  return refs.toSorted((one, other) => one - other);
}

/** Few hashes, close to each other and at the ends of shards, so that they meet and wrap around. */
const hashArbitrary = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 0x00ffff, max: 0x010003 }),
  fc.constantFrom(-1, -2, 0x7fffffff, -0x80000000, 0x00fffffe, 0x00ffffff, 15, 16, 31, 32),
);
const stepArbitrary = fc.record({
  kind: fc.constantFrom("insert", "insert", "insert", "remove", "move"),
  hash: hashArbitrary,
  pick: fc.nat(),
});

describe("the path index", () => {
  it("finds what a Map of lists finds, with few distinct hashes", () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 400, size: "max" }), (steps) => {
        const index = new PathIndex();
        const model = new Map<number, number[]>();
        let next = 0;
        for (const { kind, hash, pick } of steps) {
          const refs = model.get(hash) ?? [];
          model.set(hash, refs);
          if (kind === "insert") {
            index.insert(hash, next);
            refs.push(next++);
          } else if (refs.length > 0) {
            const [ref] = refs.splice(pick % refs.length, 1);
            if (kind === "remove") {
              index.remove(hash, ref!);
            } else {
              index.move(hash, ref!, next);
              refs.push(next++);
            }
          }
        }
        for (const [hash, refs] of model) expect(refsOf(index, hash)).toEqual(refs.toSorted((a, b) => a - b));
      }),
      { numRuns: process.env["COTERIE_TEST_LONG"] === "1" ? 5000 : 200 },
    );
  });

  it("finds 100,000 entries, and those that are left when half of them went", () => {
    const index = new PathIndex();
    const hashes = Array.from({ length: 100_000 }, (_, i) => Math.imul(i, 0x9e3779b1));
    for (const [ref, hash] of hashes.entries()) index.insert(hash, ref);
    expect(hashes.every((hash, ref) => refsOf(index, hash).includes(ref))).toBe(true);
    for (const [ref, hash] of hashes.entries()) if (ref % 2 === 0) index.remove(hash, ref);
    expect(hashes.every((hash, ref) => refsOf(index, hash).includes(ref) === (ref % 2 === 1))).toBe(true);
    expect(index.sizeBytes).toBeLessThan(100_000 * 8 * 4);
  });

  it("does not find what it never had, even with a thousand entries under one hash", () => {
    const index = new PathIndex();
    for (let ref = 0; ref < 1000; ref++) index.insert(77, ref);
    expect(refsOf(index, 77)).toHaveLength(1000);
    expect(refsOf(index, 78)).toEqual([]);
    expect(() => index.remove(77, 1000)).toThrow(AssertionError);
    expect(() => index.move(0x7fffffff, 1, 2)).toThrow(AssertionError);
  });

  it("touches what it has and what it has not, and stays as it is", () => {
    const index = new PathIndex();
    index.insert(5, 3);
    for (const hash of [5, 6, -1]) expect(index.touch(hash)).toBeTypeOf("number");
    expect([refsOf(index, 5), refsOf(index, 6), refsOf(index, -1)]).toEqual([[3], [], []]);
  });

  it("has what was inserted later once that is finished, however many of a shard wait", () => {
    const index = new PathIndex();
    const inserts = new WaitingInserts(index);
    const hashOf = (ref: number): number => (ref % 3 === 0 ? ref : Math.imul(ref, 0x9e3779b1));
    for (let ref = 0; ref < 3000; ref++) inserts.add(hashOf(ref), ref);
    expect(refsOf(index, hashOf(2999))).toEqual([]);
    inserts.finish();
    for (let ref = 0; ref < 3000; ref++) expect(refsOf(index, hashOf(ref))).toContain(ref);
  });
});
