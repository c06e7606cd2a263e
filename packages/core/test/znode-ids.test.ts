import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZnodeIds } from "../src/tree/znode-ids.ts";

function refFor(id: number): number {
  return id ^ 0x5555;
}

function taken(ids: ZnodeIds): number {
  const id = ids.take();
  ids.place(id, refFor(id));
  return id;
}

describe("the ids of znodes", () => {
  it("begin at 1 and are used again", () => {
    const ids = new ZnodeIds();
    expect([taken(ids), taken(ids), taken(ids)]).toEqual([1, 2, 3]);
    ids.give(2);
    expect([ids.has(0), ids.has(1), ids.has(2), ids.has(3), ids.has(4), ids.has(-1)]).toEqual([
      false,
      true,
      false,
      true,
      false,
      false,
    ]);
    expect([ids.size, ids.end]).toEqual([2, 4]);
    expect([taken(ids), taken(ids)]).toEqual([2, 4]);
  });

  it("keep reference and change set of each, as a Map does", () => {
    const step = fc.record({ take: fc.boolean(), pick: fc.nat(), value: fc.nat({ max: 2 ** 31 - 2 }) });
    const steps = fc.array(step, { maxLength: 300, size: "max" });
    fc.assert(
      fc.property(steps, (all) => {
        const ids = new ZnodeIds();
        const model = new Map<number, { ref: number; changeSet: number }>();
        for (const { take, pick, value } of all) {
          if (take || model.size === 0) {
            const id = ids.take();
            expect(model.has(id)).toBe(false);
            ids.place(id, value);
            ids.setChangeSet(id, value + 1);
            model.set(id, { ref: value, changeSet: value + 1 });
          } else {
            const id = [...model.keys()][pick % model.size]!;
            ids.give(id);
            model.delete(id);
          }
        }
        expect(ids.size).toBe(model.size);
        for (let id = 0; id < ids.end + 2; id++) {
          expect(ids.has(id)).toBe(model.has(id));
          const entry = model.get(id);
          if (entry !== undefined) expect([ids.refOf(id), ids.changeSetOf(id)]).toEqual([entry.ref, entry.changeSet]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("remember in which change set an id was last listed, also while it is vacant", () => {
    const ids = new ZnodeIds();
    const id = taken(ids);
    ids.setChangeSet(id, 7);
    ids.give(id);
    expect(ids.changeSetOf(id)).toBe(7);
    expect(taken(ids)).toBe(id);
    expect(ids.changeSetOf(id)).toBe(7);
  });

  describe("after a restore", () => {
    const far = 900_000_000;

    function restoredIds(): ZnodeIds {
      const ids = new ZnodeIds();
      for (const id of [1, 5, far, 100_000]) {
        ids.claim(id);
        ids.place(id, id);
      }
      ids.claim(5);
      ids.place(5, 55);
      ids.unclaim(100_000);
      for (let from = 1; from < ids.end;) from = ids.rebuildVacant(from, 4096);
      return ids;
    }

    it("take no more memory than the ids that stand near each other", () => {
      const ids = restoredIds();
      expect([ids.size, ids.end]).toEqual([3, far + 1]);
      expect([ids.refOf(1), ids.refOf(5), ids.refOf(far)]).toEqual([1, 55, far]);
      expect([2, 4, 6, 100_000, 500_000_000, far - 1, far + 1].map((id) => ids.has(id))).toEqual(Array(7).fill(false));
      expect(ids.sizeBytes).toBeLessThan(4 * 2 ** 20);
    });

    it("give every vacant id once, those of the holes too, and new ones only then", () => {
      const ids = restoredIds();
      const count = 200_000;
      const given = new Set<number>();
      for (let i = 0; i < count; i++) given.add(taken(ids));
      expect(given.size).toBe(count);
      expect([0, 1, 5, far].filter((id) => given.has(id))).toEqual([]);
      expect(
        [...given].filter((id) => id <= 0 || id >= ids.end || !ids.has(id) || ids.refOf(id) !== refFor(id)),
      ).toEqual([]);
      expect([ids.refOf(1), ids.refOf(5), ids.refOf(far)]).toEqual([1, 55, far]);
      // Below the highest there is room for all of them.
      expect(ids.end).toBe(far + 1);
      expect(ids.size).toBe(count + 3);
    });

    it("are walked without looking at the holes", () => {
      const ids = restoredIds();
      const seen: number[] = [];
      let looks = 0;
      for (let id = 1; id < ids.end; looks++) {
        const next = ids.skipHole(id);
        if (next !== id) {
          id = next;
          continue;
        }
        if (ids.has(id)) seen.push(id);
        id += 1;
      }
      expect(seen).toEqual([1, 5, far]);
      expect(looks).toBeLessThan(200_000);
    });
  });
});
