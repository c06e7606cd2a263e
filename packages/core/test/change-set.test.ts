import { describe, expect, it } from "vitest";
import { ChangeSet } from "../src/tree/change-set.ts";
import { ZnodeIds } from "../src/tree/znode-ids.ts";

function setup(count: number): {
  ids: ZnodeIds;
  changes: ChangeSet;
  taken: number[];
  capture: { take(id: number): void };
} {
  const ids = new ZnodeIds();
  for (let i = 0; i < count; i++) ids.place(ids.take(), i);
  const taken: number[] = [];
  return { ids, changes: new ChangeSet(ids), taken, capture: { take: (id) => taken.push(id) } };
}

describe("the change set", () => {
  it("lists each id once, however often its znode changes", () => {
    const { changes, capture } = setup(5);
    for (const id of [3, 1, 3, 3, 2, 1]) changes.aboutToChange(id);
    expect(changes.size).toBe(3);
    const frozen = changes.freeze(capture);
    expect(frozen.ids).toEqual([3, 1, 2]);
    expect(changes.size).toBe(0);
  });

  it("shows a znode before its first change behind a freeze, and not again", () => {
    const { changes, taken, capture } = setup(5);
    changes.aboutToChange(1);
    changes.freeze(capture);
    expect(taken).toEqual([]);
    for (const id of [1, 4, 1, 4, 5]) changes.aboutToChange(id);
    expect(taken).toEqual([1, 4, 5]);
    expect(changes.freeze({ take: () => {} }).ids).toEqual([1, 4, 5]);
  });

  it("says by the change set of an id whether it has changed since", () => {
    const { ids, changes, capture } = setup(3);
    for (const id of [1, 2]) changes.aboutToChange(id);
    const frozen = changes.freeze(capture);
    changes.aboutToChange(2);
    expect([1, 2, 3].map((id) => ids.changeSetOf(id) === frozen.changeSet)).toEqual([true, false, false]);
  });

  it("shows nothing any more when it is released, and goes on listing", () => {
    const { changes, taken, capture } = setup(3);
    changes.freeze(capture);
    changes.release();
    changes.aboutToChange(2);
    expect(taken).toEqual([]);
    expect(changes.freeze(capture).ids).toEqual([2]);
  });
});
