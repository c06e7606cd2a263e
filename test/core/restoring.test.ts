import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CoreStateMachine, Restore, type StateMachineOptions } from "../../packages/core/src/index.ts";
import type { RestoreTarget, Zxid } from "../../packages/interface/src/index.ts";
import { type Acl, JuteWriter, writeAclVector } from "../../packages/protocol/src/index.ts";
import { ACL_ID, CZXID } from "../../packages/core/src/tree/znode-record.ts";
import { type Asker, codeOf, CoreBench, create, NOBODY, OPEN, remove, restored as restoredOf } from "./core-kit.ts";
import { stateOf } from "./inspect.ts";

// Goal: what a restore builds does not depend on which ids the znodes have, or in which order pages name them; and what
// does not hang together is refused.

const ROOT = 1;
const NO_FLAGS = 0;
const ZNODE = 1;
const PAGE_VERSION = 1;
const DIGEST_UNKNOWN: RestoreTarget = { zxid: 1 as Zxid, digest: "?" };

const SUPER: Asker = { ...NOBODY, identities: [{ scheme: "super", id: "" }] };

/** A znode for a page written by hand, in which no field is left out. */
interface Written {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  /** Of the page, with its list where it is the first to have it. */
  readonly acl?: { readonly index: number; readonly list?: readonly Acl[] | null };
  readonly data?: Uint8Array | null;
  readonly czxid?: bigint;
}

function pageOf(znodes: readonly Written[]): Uint8Array {
  const writer = new JuteWriter();
  writer.writeByte(PAGE_VERSION);
  for (const [place, znode] of znodes.entries()) {
    const { acl = { index: 0, ...(place === 0 ? { list: null } : {}) } } = znode;
    writer.writeByte(ZNODE);
    writer.writeByte(NO_FLAGS);
    writer.writeInt(znode.id);
    writer.writeInt(znode.parent);
    writer.writeBuffer(new TextEncoder().encode(znode.name));
    for (let zxid = 0; zxid < 3; zxid++) writer.writeBigLong(znode.czxid ?? 7n);
    for (let time = 0; time < 2; time++) writer.writeLong(1_700_000_000_000);
    for (let version = 0; version < 3; version++) writer.writeInt(0);
    writer.writeBigLong(0n);
    writer.writeInt(acl.index);
    if (acl.list !== undefined) writeAclVector(writer, acl.list === null ? null : [...acl.list]);
    writer.writeBuffer(znode.data ?? null);
  }
  return writer.copy();
}

/** Adds all of it; `end` then has to say what comes out. */
function restoring(pages: readonly Uint8Array[], options: StateMachineOptions = {}): Restore {
  const restore = new Restore(options);
  for (const page of pages) restore.addPage(page);
  return restore;
}

/** The machine, whatever its digest: of it the error tells. */
function restored(pages: readonly Uint8Array[], options: StateMachineOptions = {}): CoreStateMachine {
  let digest = "";
  try {
    restoring(pages, options).finish(DIGEST_UNKNOWN);
  } catch (error) {
    digest = /amount to digest (\w+)/.exec(String(error))?.[1] ?? "";
    if (digest === "") throw error;
  }
  return restoring(pages, options).finish({ ...DIGEST_UNKNOWN, digest });
}

function exists(machine: CoreStateMachine, path: string): boolean {
  const context = { sessionId: 0n as never, identities: [], watcher: 0 };
  return machine.read({ kind: "exists", path, watch: false }, context).kind === "exists";
}

/** Parent first: each znode hangs below one before it. Names of many lengths, since paths are hashed in words. */
const treeArbitrary = fc
  .array(
    fc.record({
      below: fc.nat(),
      name: fc.oneof(fc.string({ minLength: 1, maxLength: 13, unit: "grapheme-ascii" }), fc.constant("\u0416\ud7ff")),
      data: fc.option(fc.uint8Array({ maxLength: 9 })),
    }),
    { minLength: 1, maxLength: 40, size: "max" },
  )
  .map((drawn) =>
    drawn.map(({ below, name, data }, index) => ({
      below: below % (index + 1),
      name: `${index}${name.replaceAll("/", "")}`,
      data,
    })),
  );

describe("a restore", () => {
  it("builds one tree, whatever the ids of its znodes, and in whatever order pages name them", () => {
    fc.assert(
      fc.property(treeArbitrary, fc.infiniteStream(fc.nat()), fc.integer(), (tree, random, k0) => {
        const ids = [ROOT, ...shuffled(tree.keys(), random).map((index) => index + 2)];
        const znodes = tree.map(({ below, ...rest }, index) => ({ id: ids[index + 1]!, parent: ids[below]!, ...rest }));
        const root = { id: ROOT, parent: 0, name: "" };
        const inOrder = restored([pageOf([root, ...inCreationOrder(znodes)])]);
        const pages = shuffled([root, ...znodes], random).map((znode) => pageOf([znode]));
        const machine = restored(pages, { hashKey: { k0, k1: k0 ^ 0x5555 } });
        expect(machine.digest).toBe(inOrder.digest);
        const { tree: built } = stateOf(machine);
        const paths = [""];
        for (const { below, name } of tree) paths.push(`${paths[below]}/${name}`);
        for (const [index, path] of paths.entries()) {
          const ref = built.find(path || "/");
          expect(built.pathOf(ref)).toBe(path || "/");
          const below = paths.filter((other) => other.startsWith(`${path}/`)).length;
          expect([path, ...countsOf(machine, path || "/")]).toEqual([path, below, childNames(tree, index).length]);
          expect(built.childrenOf(ref).toSorted()).toEqual(childNames(tree, index).toSorted());
        }
      }),
      { numRuns: 60 },
    );
  });

  it("takes a chain of znodes each of which is younger than its child, in short steps", () => {
    const depth = 5000;
    const chain: Written[] = [{ id: ROOT, parent: 0, name: "" }];
    for (let level = 1; level <= depth; level++) {
      const id = depth + 2 - level;
      chain.push({ id, parent: level === 1 ? ROOT : id + 1, name: "n" });
    }
    const machine = restored([pageOf(chain)], { hashKey: { k0: 5, k1: 6 } });
    expect(countsOf(machine, "/n")).toEqual([depth - 1, 1]);
    expect(exists(machine, "/n".repeat(depth))).toBe(true);
    expect(exists(machine, "/n".repeat(depth + 1))).toBe(false);
    const restore = restoring([pageOf(chain)]);
    let steps = 1;
    while (restore.step()) steps += 1;
    expect(steps).toBeGreaterThan(9);
  });

  it("gives the machine that was written when it goes on from there, ids and all", () => {
    const bench = new CoreBench();
    for (let i = 0; i < 50; i++) bench.commit(create(`/${i}`));
    // The id of what goes is taken by the next: a child of something younger.
    bench.commit(remove("/3"));
    bench.commit(remove("/40"));
    bench.commit(create("/young"));
    bench.commit(create("/young/old"));
    const copy = new CoreBench({}, restoredOf(bench.machine));
    expect(copy.machine.digest).toBe(bench.machine.digest);
    for (const request of [remove("/young/old"), create("/young/new"), create("/5/new")]) {
      const txn = bench.prepare(request);
      expect(codeOf(bench.apply(txn).outcome)).toBe("OK");
      expect(codeOf(copy.apply(txn).outcome)).toBe("OK");
    }
    expect(copy.machine.digest).toBe(bench.machine.digest);
    expect(countsOf(copy.machine, "/young")).toEqual([1, 1]);
  });

  it.each<[string, string, readonly Written[]]>([
    ["a znode that is its own parent", "do not hang together", [{ id: 5, parent: 5, name: "a" }]],
    [
      "a ring of znodes",
      "do not hang together",
      [
        { id: 5, parent: 7, name: "a" },
        { id: 6, parent: 5, name: "a" },
        { id: 7, parent: 6, name: "a" },
      ],
    ],
    ["a parent that is not there", "znode 5 has no parent", [{ id: 5, parent: 4, name: "a" }]],
    ["no parent at all", "znode 5 has no parent", [{ id: 5, parent: 0, name: "a" }]],
    ["a negative parent", "znode 5 has no parent", [{ id: 5, parent: -1, name: "a" }]],
    ["a zxid that is not exact", "beyond 2\\^53", [{ id: 5, parent: ROOT, name: "a", czxid: 2n ** 53n }]],
    ["a zxid far below", "beyond 2\\^53", [{ id: 5, parent: ROOT, name: "a", czxid: -(2n ** 53n) - 1n }]],
    ["an ACL before its list", "refers to ACL 2 of 1", [{ id: 5, parent: ROOT, name: "a", acl: { index: 2 } }]],
    ["a negative ACL", "refers to ACL -1 of 1", [{ id: 5, parent: ROOT, name: "a", acl: { index: -1 } }]],
    ["an id of a billion", "impossible id", [{ id: 2 ** 30 + 1, parent: ROOT, name: "a" }]],
  ])("refuses %s", (_, words, znodes) => {
    const pages = [pageOf([{ id: ROOT, parent: 0, name: "" }, ...znodes])];
    expect(() => restoring(pages).finish(DIGEST_UNKNOWN)).toThrow(
      expect.objectContaining({ code: "CHECKPOINT_CORRUPT", message: expect.stringMatching(words) }),
    );
  });

  it("keeps the zxids at the ends of what is exact", () => {
    for (const czxid of [BigInt(Number.MAX_SAFE_INTEGER), BigInt(Number.MIN_SAFE_INTEGER), 0n, -1n]) {
      const znodes = [
        { id: ROOT, parent: 0, name: "" },
        { id: 2, parent: ROOT, name: "a", czxid },
      ];
      const { tree } = stateOf(restored([pageOf(znodes)]));
      expect(tree.records.getLong(tree.find("/a"), CZXID)).toBe(Number(czxid));
    }
  });

  it("counts the uses of a list that a page names again after its only znode was replaced", () => {
    const list: readonly Acl[] = [{ perms: 1, scheme: "ip", id: "::1" }];
    const page = pageOf([
      { id: ROOT, parent: 0, name: "" },
      { id: 2, parent: ROOT, name: "a", acl: { index: 1, list } },
      { id: 2, parent: ROOT, name: "a" },
      { id: 3, parent: ROOT, name: "b", acl: { index: 2, list: [{ perms: 1, scheme: "ip", id: "::2" }] } },
      { id: 4, parent: ROOT, name: "c", acl: { index: 1 } },
    ]);
    const machine = restored([page]);
    const { acls, tree } = stateOf(machine);
    expect(acls.size).toBe(3);
    expect(acls.listOf(tree.records.get(tree.find("/c"), ACL_ID))).toEqual(list);
    const bench = new CoreBench({}, machine);
    bench.commit({ kind: "setACL", path: "/c", acl: [...OPEN], version: -1 }, SUPER);
    expect(acls.size).toBe(2);
  });
});

/** As `writer` order in a live machine: parents before children, by place in the drawn tree. */
function inCreationOrder(znodes: readonly Written[]): Written[] {
  // Ids count up in this order: what a machine would have given them.
  const renumbered = new Map([[ROOT, ROOT], ...znodes.map(({ id }, index) => [id, index + 2] as const)]);
  return znodes.map((znode) => ({ ...znode, id: renumbered.get(znode.id)!, parent: renumbered.get(znode.parent)! }));
}

function shuffled<Item>(items: Iterable<Item>, random: Iterator<number>): Item[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last--) {
    const other = Number(random.next().value) % (last + 1);
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}

function childNames(tree: readonly { readonly below: number; readonly name: string }[], index: number): string[] {
  return tree.filter(({ below }) => below === index).map(({ name }) => name);
}

/** Descendants and children. */
function countsOf(machine: CoreStateMachine, path: string): [number, number] {
  const context = { sessionId: 0n as never, identities: [], watcher: 0 };
  const all = machine.read({ kind: "getAllChildrenNumber", path }, context);
  const stat = machine.read({ kind: "exists", path, watch: false }, context);
  return [
    all.kind === "getAllChildrenNumber" ? all.totalNumber : -1,
    stat.kind === "exists" ? stat.stat.numChildren : -1,
  ];
}
