import type { WallTimeMs, Zxid } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPEN_ACL } from "../src/acl/acl-table.ts";
import { createEmptyState } from "../src/state.ts";
import { hashPath, type PathHashKey } from "../src/tree/path-hash.ts";
import { GROUP_MAX } from "../src/tree/path-lookup.ts";
import { PathBytes } from "../src/tree/path-bytes.ts";
import { REF_NONE } from "../src/tree/znode-record.ts";
import type { ZnodeTree } from "../src/tree/znode-tree.ts";

const KEY: PathHashKey = { k0: 123, k1: 456 };

/** A tree whose root alone exists. */
function treeOf(hashKey: PathHashKey = KEY): ZnodeTree {
  const { tree, acls } = createEmptyState({ hashKey });
  tree.createRoot(acls.acquire(OPEN_ACL));
  return tree;
}

function add(tree: ZnodeTree, path: string): void {
  tree.create(path, { data: null, aclId: 0, owner: 0n, zxid: 1 as Zxid, timeMs: 1 as WallTimeMs });
}

/** The path of what is found at `path`. */
function found(tree: ZnodeTree, path: string): string | undefined {
  const ref = tree.find(path);
  return ref === REF_NONE ? undefined : tree.pathOf(ref);
}

/** Two names of the same length for which `/name` and `rest` behind it have the same hash. */
function collidingNames(rest: string = ""): [string, string] {
  const text = new PathBytes();
  const names = new Map<number, string>();
  for (let i = 0; ; i++) {
    // Spread over all characters: names that differ in one word of four bytes never collide.
    const name = `n${(Math.imul(i, 0x9e3779b1) >>> 0).toString(36).padStart(7, "0")}`;
    const hash = hashPath(KEY, text.bytes, 0, text.write(`/${name}${rest}`));
    const other = names.get(hash);
    if (other !== undefined) return [other, name];
    names.set(hash, name);
  }
}

describe("looking up paths", () => {
  it("finds each of two znodes whose paths collide", () => {
    const [one, other] = collidingNames();
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const tree = treeOf();
      add(tree, `/${first}`);
      expect(found(tree, `/${second}`)).toBeUndefined();
      add(tree, `/${second}`);
      expect([found(tree, `/${first}`), found(tree, `/${second}`)]).toEqual([`/${first}`, `/${second}`]);
      tree.remove(tree.find(`/${first}`));
      expect([found(tree, `/${first}`), found(tree, `/${second}`)]).toEqual([undefined, `/${second}`]);
      add(tree, `/${first}`);
      expect([found(tree, `/${first}`), found(tree, `/${second}`)]).toEqual([`/${first}`, `/${second}`]);
    }
  });

  it("forgets the path of a parent that is removed, though its id is used again and the hash is the same", () => {
    const [gone, other] = collidingNames("/x");
    const tree = treeOf();
    add(tree, `/${gone}`);
    add(tree, `/${gone}/x`);
    expect(found(tree, `/${gone}/x`)).toBe(`/${gone}/x`);
    const { end } = tree.ids;
    for (const path of [`/${gone}/x`, `/${gone}`]) tree.remove(tree.find(path));
    // Last given, first taken: the second parent gets the id that the first had.
    add(tree, `/${other}`);
    add(tree, `/${other}/x`);
    expect(tree.ids.end).toBe(end);
    expect([found(tree, `/${gone}/x`), found(tree, `/${gone}`)]).toEqual([undefined, undefined]);
    expect(found(tree, `/${other}/x`)).toBe(`/${other}/x`);
    add(tree, `/${gone}`);
    expect(found(tree, `/${gone}/x`)).toBeUndefined();
  });

  it("tells apart the children of parents that share a slot of the cache", () => {
    const tree = treeOf();
    // Ids go up by one: with 1,024 parents every slot of 256 has four.
    const parents = Array.from({ length: 1024 }, (_, i) => `/p${i}`);
    for (const parent of parents) add(tree, parent);
    for (const parent of parents) add(tree, `${parent}/child`);
    for (let round = 0; round < 2; round++) {
      expect(parents.filter((parent) => found(tree, `${parent}/child`) !== `${parent}/child`)).toEqual([]);
    }
  });

  it("finds below long parents, which no cache keeps", () => {
    const tree = treeOf();
    for (const size of [253, 254, 255, 256, 257, 1000]) {
      const parent = `/${"p".repeat(size)}`;
      const other = `/${"p".repeat(size - 1)}q`;
      for (const path of [parent, other, `${parent}/x`, `${other}/x`]) add(tree, path);
      for (let round = 0; round < 2; round++) {
        expect([found(tree, `${parent}/x`), found(tree, `${other}/x`)]).toEqual([`${parent}/x`, `${other}/x`]);
        expect(found(tree, `${parent}q/x`)).toBeUndefined();
      }
    }
  });

  it("finds nothing at what is no path", () => {
    const tree = treeOf();
    for (const path of ["/a", "/a/b", "/a/b/c"]) add(tree, path);
    for (const path of [
      "",
      "a",
      "a/b",
      "//",
      "/a/",
      "//a",
      "/a//b",
      "/a/b/",
      "/a/./b",
      "/b/c",
      "/a/b/c/",
      "/\ud800",
      "\0",
    ]) {
      expect([path, found(tree, path)]).toEqual([path, undefined]);
    }
    expect(found(tree, "/")).toBe("/");
  });

  it("finds what a Set of paths has, while znodes come and go, one by one and many at once", () => {
    const name = fc.constantFrom("a", "b", "\u0416", "\ud7ff", "aa", "a".repeat(130), "x".repeat(1100));
    const pathArbitrary = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join("/")}`);
    const step = fc.record({ path: pathArbitrary, kind: fc.constantFrom("add", "add", "remove", "grow") });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), fc.integer(), fc.integer(), (steps, k0, k1) => {
        const tree = treeOf({ k0, k1 });
        const paths = new Set(["/"]);
        for (const { path, kind } of steps) {
          const parent = path.slice(0, path.lastIndexOf("/")) || "/";
          const isLeaf = ![...paths].some((other) => other.startsWith(`${path}/`));
          if (kind === "add" && paths.has(parent) && !paths.has(path)) {
            add(tree, path);
            paths.add(path);
          } else if (kind === "remove" && paths.has(path) && isLeaf) {
            tree.remove(tree.find(path));
            paths.delete(path);
          } else if (kind === "grow" && paths.has(path)) {
            tree.setData(tree.find(path), new Uint8Array(300), 1, 1 as Zxid, 1 as WallTimeMs);
          }
          expect(found(tree, path)).toBe(paths.has(path) ? path : undefined);
        }
        const asked = ["", ...steps.map(({ path }) => path), "/", "nothing"];
        const refs: number[] = [];
        for (let first = 0; first < asked.length; first += GROUP_MAX) {
          const group = asked.slice(first, first + GROUP_MAX).map((path) => ({ path }));
          const ofGroup = new Int32Array(group.length);
          tree.lookup.findGroup(group, ofGroup);
          refs.push(...ofGroup);
        }
        expect(asked.map((path) => tree.find(path))).toEqual(refs);
        expect(asked.map((path) => found(tree, path))).toEqual(
          asked.map((path) => (paths.has(path) ? path : undefined)),
        );
      }),
      { numRuns: process.env["COTERIE_TEST_LONG"] === "1" ? 3000 : 100 },
    );
  });
});

describe("the hash of a path", () => {
  it("depends on every byte, the length and both halves of the key", () => {
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => 97 + (i % 26));
    const all = new Set<number>();
    for (let end = 0; end <= 40; end++) all.add(hashPath(KEY, bytes, 0, end));
    for (let at = 0; at < 40; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      all.add(hashPath(KEY, changed, 0, 40));
    }
    all.add(hashPath({ ...KEY, k0: 1 }, bytes, 0, 40));
    all.add(hashPath({ ...KEY, k1: 1 }, bytes, 0, 40));
    expect(all.size).toBe(41 + 40 + 2);
  });

  it("is of the bytes, wherever they stand", () => {
    const bytes = Uint8Array.from({ length: 60 }, (_, i) => i * 7);
    for (let start = 0; start < 9; start++) {
      for (const length of [0, 1, 3, 4, 5, 31]) {
        expect(hashPath(KEY, bytes, start, start + length)).toBe(
          hashPath(KEY, bytes.slice(start, start + length), 0, length),
        );
      }
    }
  });
});
