import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { Restore } from "../../packages/core/src/index.ts";
import { createRandom } from "./random.ts";
import { checkpointOf, CheckpointTaker, restoreChain } from "./checkpoint-taker.ts";
import { CoreBench, create, ephemeral, remove, restored, setData } from "./core-kit.ts";
import { dumpState } from "./record-scenario.ts";

const MIB = 2 ** 20;

/** Generous: a sign that something is quadratic, no measurement. */
const PATIENCE = { timeout: 60_000 };

function filled(size: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff);
}

describe("many children", () => {
  it("are created, listed and deleted, 100,000 under one parent", PATIENCE, () => {
    const count = 100_000;
    const bench = new CoreBench();
    bench.commit(create("/p"));
    for (let i = 0; i < count; i++) bench.commit(create("/p/n-", null, 2));
    const names = Array.from({ length: count }, (_, i) => `n-${String(i).padStart(10, "0")}`);
    expect(isDeepStrictEqual(bench.children("/p"), names)).toBe(true);
    expect(bench.stat("/p")).toMatchObject({ numChildren: count, cversion: count });
    expect(bench.read({ kind: "getAllChildrenNumber", path: "/" })).toMatchObject({ totalNumber: count + 4 });
    const copy = new CoreBench({}, restored(bench.machine));
    expect(copy.machine.digest).toBe(bench.machine.digest);
    expect(copy.children("/p")).toHaveLength(count);
    let removed = 0;
    for (let i = 0; i < count; i++) {
      if (bench.code(remove(`/p/${names[(i * 7919) % count]!}`)) === "OK") removed += 1;
    }
    expect(removed).toBe(count);
    expect(bench.children("/p")).toEqual([]);
    expect(bench.stat("/p")).toMatchObject({ numChildren: 0, cversion: 2 * count });
    expect(bench.code(remove("/p"))).toBe("OK");
    expect(bench.machine.statistics.znodeCount).toBe(4);
  });
});

describe("large data", () => {
  it("keeps null, empty and 1 MiB apart, growing and shrinking", () => {
    const bench = new CoreBench();
    bench.commit(create("/d", null));
    const values = [
      null,
      filled(0, 0),
      filled(MIB, 1),
      filled(1, 2),
      filled(MIB - 1, 3),
      null,
      filled(MIB, 4),
      filled(0, 5),
    ];
    for (const value of values) {
      bench.commit(setData("/d", value));
      expect(isDeepStrictEqual(bench.data("/d"), value)).toBe(true);
      expect(bench.stat("/d")?.dataLength).toBe(value?.length ?? 0);
      expect(bench.machine.statistics.dataSizeBytes).toBe(value?.length ?? 0);
    }
  });

  it("moves between size classes and leaves the rest of its znode and its neighbours alone", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    const names = ["a", "\u0416\u0416", "b".repeat(300)];
    const paths = names.map((name) => `/${name}`);
    for (const path of paths) {
      bench.commit({
        ...create(path, filled(3, 1)),
        acl: [
          { perms: 31, scheme: "world", id: "anyone" },
          { perms: 1, scheme: "ip", id: "::1" },
        ],
      });
      bench.commit(create(`${path}/child`));
      bench.commit(ephemeral(`${path}/mine`), session);
    }
    const sizes = [0, 1, 7, 8, 9, 100, 391, 392, 393, 500, 1000, 4096, 20_000, 65_000, 65_536, 66_000, 200_000, 10, 0];
    const random = createRandom(20_240_501);
    for (let round = 0; round < 120; round++) {
      const path = paths[random(paths.length)]!;
      const others = paths.filter((other) => other !== path).map((other) => [bench.data(other), bench.stat(other)]);
      const before = bench.stat(path)!;
      const data = filled(sizes[random(sizes.length)]!, round);
      const { zxid, header } = bench.commit(setData(path, data));
      expect(isDeepStrictEqual(bench.data(path), data)).toBe(true);
      const changed = { mzxid: zxid, mtime: header.timeMs, version: before.version + 1, dataLength: data.length };
      expect(bench.stat(path)).toEqual({ ...before, ...changed });
      expect(bench.children(path)).toEqual(["child", "mine"]);
      const still = paths.filter((other) => other !== path).map((other) => [bench.data(other), bench.stat(other)]);
      expect(isDeepStrictEqual(still, others)).toBe(true);
    }
    expect(bench.children("/")).toEqual(["zookeeper", ...names]);
    for (const path of paths) {
      const acl = bench.read({ kind: "getACL", path });
      expect(acl.kind === "getACL" && acl.acl?.length).toBe(2);
    }
    expect(isDeepStrictEqual(dumpState(restored(bench.machine)), dumpState(bench.machine))).toBe(true);
  });

  it("gives the memory of what is gone back", () => {
    const bench = new CoreBench();
    const before = bench.machine.statistics.bufferSizeBytes;
    for (let i = 0; i < 40; i++) bench.commit(create(`/d${i}`, new Uint8Array(MIB)));
    expect(bench.machine.statistics.bufferSizeBytes).toBeGreaterThan(40 * MIB);
    for (let i = 0; i < 20; i++) bench.commit(remove(`/d${i}`));
    for (let i = 20; i < 40; i++) bench.commit(setData(`/d${i}`, null));
    expect(bench.machine.statistics.bufferSizeBytes).toBeLessThan(before + MIB);
    expect(bench.machine.statistics.dataSizeBytes).toBe(0);
  });
});

/** Its cost grows with the square: every look at a path looks at all of it. */
const LEVELS = process.env["COTERIE_TEST_LONG"] === "1" ? 10_000 : 3000;

describe(`a path of ${LEVELS} levels`, () => {
  it("is created, read, listed, checkpointed, restored, watched and deleted", PATIENCE, () => {
    const levels = LEVELS;
    const bench = new CoreBench();
    const watcher = bench.machine.openWatcher([]);
    const paths = [""];
    for (let level = 1; level <= levels; level++) {
      const path = `${paths[level - 1]!}/${"xy\u0416"[level % 3]!}`;
      paths.push(path);
      bench.commit(create(path, filled(level % 5, level)));
    }
    expect(bench.machine.statistics.znodeCount).toBe(levels + 4);
    const bottom = paths[levels]!;
    expect(bench.stat(bottom)).toMatchObject({ numChildren: 0, dataLength: levels % 5 });
    expect(bench.children(paths[levels - 1]!)).toHaveLength(1);
    expect(bench.read({ kind: "getAllChildrenNumber", path: paths[1]! })).toMatchObject({ totalNumber: levels - 1 });
    expect(bench.code(create(`${bottom}/`))).toBe("BAD_ARGUMENTS");
    bench.machine.answerWatchRequest({ kind: "addWatch", path: "/", mode: 1 }, watcher);
    const { events } = bench.commit(setData(bottom, filled(9, 9)));
    expect(events).toMatchObject([{ kind: "NodeDataChanged", watchers: [watcher] }]);
    bench.machine.closeWatcher(watcher);

    const copy = new CoreBench({}, restored(bench.machine));
    expect(copy.machine.digest).toBe(bench.machine.digest);
    expect(copy.data(bottom)).toEqual(filled(9, 9));
    for (const level of [1, 2, levels / 2, levels - 1]) {
      expect(copy.read({ kind: "getAllChildrenNumber", path: paths[level]! })).toMatchObject({
        totalNumber: levels - level,
      });
    }
    expect(bench.code(remove(paths[levels - 1]!))).toBe("NOT_EMPTY");
    for (let level = levels; level >= 1; level--) bench.commit(remove(paths[level]!));
    expect(bench.machine.statistics.znodeCount).toBe(4);
  });

  it("hears of a write through a recursive watch at its top, with a quota there too", PATIENCE, () => {
    const levels = LEVELS;
    const bench = new CoreBench({ enforceQuota: true });
    const watcher = bench.machine.openWatcher([]);
    let path = "";
    for (let level = 1; level <= levels; level++) {
      path += "/x";
      bench.commit(create(path));
    }
    bench.commit(create("/zookeeper/quota/x"));
    bench.commit(create("/zookeeper/quota/x/zookeeper_limits"));
    bench.commit(create("/zookeeper/quota/x/zookeeper_stats"));
    bench.machine.answerWatchRequest({ kind: "addWatch", path: "/x", mode: 1 }, watcher);
    for (let i = 0; i < 50; i++) {
      const { events } = bench.commit(setData(path, filled(i, i)));
      expect(events).toHaveLength(1);
    }
  });
});

describe("getAllChildrenNumber", () => {
  it("counts deep and wide, through creates, deletes and a restore", () => {
    const bench = new CoreBench();
    const random = createRandom(7);
    const paths = ["/"];
    for (let i = 0; i < 2000; i++) {
      const parent = paths[random(3) === 0 ? random(paths.length) : Math.max(0, paths.length - 1 - random(5))]!;
      const path = `${parent === "/" ? "" : parent}/${i}`;
      bench.commit(create(path));
      paths.push(path);
    }
    for (let i = 0; i < 500; i++) {
      const index = 1 + random(paths.length - 1);
      if (bench.code(remove(paths[index]!)) === "OK") paths.splice(index, 1);
    }
    const copy = new CoreBench({}, restored(bench.machine));
    for (const path of paths) {
      const prefix = path === "/" ? "/" : `${path}/`;
      const below = paths.filter((other) => other !== path && other.startsWith(prefix)).length + (path === "/" ? 3 : 0);
      for (const { read } of [bench, copy].map((one) => ({ read: one.read.bind(one) }))) {
        expect(read({ kind: "getAllChildrenNumber", path })).toEqual({
          kind: "getAllChildrenNumber",
          totalNumber: below,
        });
      }
    }
  });
});

describe("a large session", () => {
  it("takes 20,000 ephemerals with it, all with one zxid", PATIENCE, () => {
    const count = 20_000;
    const bench = new CoreBench();
    const session = bench.openSession();
    const other = bench.openSession();
    for (let parent = 0; parent < 10; parent++) bench.commit(create(`/p${parent}`));
    for (let i = 0; i < count; i++) bench.commit(ephemeral(`/p${i % 10}/e${i}`), session);
    bench.commit(ephemeral("/p0/other"), other);
    const { zxid, events } = bench.closeSession(session);
    expect(events).toEqual([]);
    for (let parent = 0; parent < 10; parent++) {
      expect(bench.stat(`/p${parent}`)).toMatchObject({ numChildren: parent === 0 ? 1 : 0, pzxid: zxid });
    }
    expect(bench.children("/p0")).toEqual(["other"]);
    expect(bench.machine.statistics).toMatchObject({ znodeCount: 15, sessionCount: 1 });
  });

  it("tells whoever watched, each znode once and each parent each time, with the one zxid", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    bench.commit(create("/p"));
    for (let i = 0; i < 5; i++) bench.commit(ephemeral(`/p/${i}`), session);
    const watcher = bench.machine.openWatcher([]);
    bench.machine.answerWatchRequest({ kind: "addWatch", path: "/p", mode: 1 }, watcher);
    bench.machine.answerWatchRequest({ kind: "addWatch", path: "/p", mode: 0 }, watcher);
    const { events, zxid } = bench.closeSession(session);
    expect(
      events
        .filter(({ kind }) => kind === "NodeDeleted")
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([0, 1, 2, 3, 4].map((i) => `/p/${i}`));
    expect(events.filter(({ kind }) => kind === "NodeChildrenChanged")).toHaveLength(5);
    expect(new Set(events.map((event) => event.zxid))).toEqual(new Set([zxid]));
  });
});

describe("a large multi", () => {
  it("of 1,000 operations takes one zxid", () => {
    const bench = new CoreBench();
    const ops = Array.from({ length: 1000 }, (_, i) => create(i === 0 ? "/m" : `/m/${i}`));
    const { zxid, outcome } = bench.commit({ kind: "multi", ops });
    expect(outcome.kind === "multi" && outcome.results.length).toBe(1000);
    expect(bench.stat("/m")).toMatchObject({ czxid: zxid, pzxid: zxid, cversion: 999, numChildren: 999 });
    expect(bench.stat("/m/999")).toMatchObject({ czxid: zxid });
    expect(bench.machine.lastAppliedZxid).toBe(zxid);
  });

  it("of which the last operation fails changes nothing", () => {
    const bench = new CoreBench();
    const before = bench.machine.digest;
    const ops = [...Array.from({ length: 999 }, (_, i) => create(`/m${i}`)), remove("/missing")];
    const { outcome, events } = bench.commit({ kind: "multi", ops });
    expect(outcome).toMatchObject({ kind: "error", code: "NO_NODE" });
    expect(outcome.kind === "error" && outcome.results).toEqual([...Array<null>(999).fill(null), "NO_NODE"]);
    expect(events).toEqual([]);
    expect(bench.machine.digest).toBe(before);
    expect(bench.code(create("/m0"))).toBe("OK");
  });
});

describe("a checkpoint of many pages", () => {
  it("stands for one zxid while the tree changes all over, and so do its deltas", PATIENCE, () => {
    const bench = new CoreBench();
    const random = createRandom(99);
    const count = 12_000;
    for (let i = 0; i < count; i++) bench.commit(create(`/n${i}`, filled(random(60), i)));
    let sessions = Array.from({ length: 50 }, () => bench.openSession());
    const taker = new CheckpointTaker(bench.machine);
    let created = count;

    function churn(): void {
      for (let i = 0; i < 40; i++) {
        const path = `/n${random(created)}`;
        const kind = random(10);
        if (kind < 5) bench.commit(setData(path, filled(random(300), i)));
        else if (kind < 8) bench.commit(remove(path));
        else bench.commit(create(`/n${created++}`, filled(random(60), i)));
      }
      bench.closeSession(sessions.shift()!);
      sessions = [...sessions, bench.openSession()];
    }

    for (const kind of ["beginFull", "begin", "begin"] as const) {
      taker.act(kind);
      const expected = dumpState(bench.machine);
      const { digest } = bench.machine;
      let steps = 0;
      for (let done = taker.act(1); done === undefined; done = taker.act(1)) {
        steps += 1;
        churn();
      }
      expect(steps).toBeGreaterThan(kind === "beginFull" ? 10 : 0);
      const machine = restoreChain(taker.chain, {});
      expect(machine.digest).toBe(digest);
      const actual = dumpState(machine);
      expect(actual.nodes.length).toBe(expected.nodes.length);
      expect(actual.nodes.filter((node, i) => node.path !== expected.nodes[i]!.path)).toEqual([]);
      expect(actual.sessions).toEqual(expected.sessions);
    }
    expect(taker.chain.map(({ summary }) => summary.kind)).toEqual(["full", "delta", "delta"]);
  });

  it("becomes full again when its deltas have outgrown it, and after one was abandoned", () => {
    const bench = new CoreBench();
    bench.commit(create("/a", new Uint8Array(1000)));
    const taker = new CheckpointTaker(bench.machine);
    const kinds: string[] = [];
    for (let i = 0; i < 8; i++) {
      bench.commit(setData("/a", new Uint8Array(1000).fill(i)));
      taker.act("begin");
      kinds.push(taker.act("finish")!.summary.kind);
    }
    expect(kinds.slice(0, 2)).toEqual(["full", "delta"]);
    expect(kinds.slice(2)).toContain("full");
    taker.act("begin");
    taker.act("abandon");
    taker.act("begin");
    expect(taker.act("finish")!.summary.kind).toBe("full");
  });

  it("of a tree without changes is a delta without pages", () => {
    const bench = new CoreBench();
    const taker = new CheckpointTaker(bench.machine);
    taker.act("begin");
    taker.act("finish");
    taker.act("begin");
    expect(taker.act("finish")).toMatchObject({
      pages: [],
      summary: { kind: "delta", pageCount: 0, pagesSizeBytes: 0 },
    });
    expect(restoreChain(taker.chain, {}).digest).toBe(bench.machine.digest);
  });

  // 100,000 sessions took one step of 0.3 s; 4096 znodes with paths of 12 KB one of 0.1 s.
  it.each([
    ["many sessions", 10],
    ["long paths", 50],
  ])("of %s is restored in many steps", (what, stepsMin) => {
    const bench = new CoreBench();
    if (what === "many sessions") for (let i = 0; i < 10_000; i++) bench.openSession();
    const name = "n".repeat(10_000);
    bench.commit(create(`/${name}`));
    if (what === "long paths") for (let i = 0; i < 5000; i++) bench.commit(create(`/${name}/${i}`));
    const { pages, summary } = checkpointOf(bench.machine);
    const restore = new Restore();
    for (const page of pages) restore.addPage(page);
    let steps = 1;
    while (restore.step()) steps += 1;
    expect(steps).toBeGreaterThanOrEqual(stepsMin);
    expect(isDeepStrictEqual(dumpState(restore.finish(summary)), dumpState(bench.machine))).toBe(true);
  });

  it("is refused without a page", () => {
    expect(() => new Restore().finish({ zxid: 0 as never, digest: "" })).toThrow(/no page holds the root/);
  });
});
