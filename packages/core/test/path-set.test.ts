import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PathSet } from "../src/path/path-set.ts";

const name = fc.constantFrom("a", "b", "ab", "a".repeat(20), "\u0416", "__proto__");
const pathArbitrary = fc.oneof(
  { weight: 8, arbitrary: fc.array(name, { maxLength: 5 }).map((names) => `/${names.join("/")}`) },
  { weight: 1, arbitrary: fc.constantFrom("", "a", "a/b", "//", "/a/", "//a", "/a//b", "/.", "/a/..") },
);
const stepArbitrary = fc.record({ kind: fc.constantFrom("add", "add", "remove", "ask"), path: pathArbitrary });

function isOnWay(member: string, path: string): boolean {
  return member === path || path.startsWith(member === "/" ? "/" : `${member}/`);
}

describe("a set of paths", () => {
  it("says of any path which members are on the way to it, as a plain list does", () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 80, size: "max" }), (steps) => {
        const set = new PathSet();
        const list: string[] = [];
        for (const { kind, path } of steps) {
          const isPath = path === "/" || /^(\/[^/.]+)+$/.test(path);
          if (kind === "add") {
            set.add(path);
            if (isPath) list.push(path);
          } else if (kind === "remove") {
            set.remove(path);
            if (list.includes(path)) list.splice(list.indexOf(path), 1);
          }
          if (!isPath) continue;
          const expected = [...new Set(list)].filter((member) => isOnWay(member, path));
          expect(set.onWayTo(path)).toEqual(expected.toSorted((one, other) => one.length - other.length));
          expect(set.has(path)).toBe(list.includes(path));
          expect(set.isEmpty).toBe(list.length === 0);
        }
        for (const path of list) set.remove(path);
        expect(set).toEqual(new PathSet());
      }),
      { numRuns: process.env["COTERIE_TEST_LONG"] === "1" ? 5000 : 300 },
    );
  });

  it("is no member of its own text where that is no path", () => {
    const set = new PathSet();
    for (const text of ["", "a", "//", "/a/"]) set.add(text);
    expect([set.isEmpty, set.has("//"), set.onWayTo("/a/b")]).toEqual([true, false, []]);
  });

  it("holds each level of a path of two thousand levels", () => {
    const set = new PathSet();
    const levels = Array.from({ length: 2_000 }, (_, depth) => "/a".repeat(depth + 1));
    for (const path of levels.toReversed()) set.add(path);
    expect(set.onWayTo(`${levels.at(-1)}/b`)).toEqual(levels);
    for (const path of levels) set.remove(path);
    expect(set).toEqual(new PathSet());
  });
});
