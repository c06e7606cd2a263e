import { describe, expect, it } from "vitest";
import { isSessionOwner, ttlOf, ttlOwner } from "./reference-node.ts";
import { type Bench, create, createBench, text } from "./test-kit.ts";

const DAY_MS = 86_400_000;

function reap(bench: Bench): readonly string[] {
  const { reply, zxidCount } = bench.run({ kind: "reap" });
  const paths = reply.ok ? (reply.children ?? []) : [];
  expect(zxidCount).toBe(paths.length);
  return paths;
}

describe("the stored owners (semantics 2.4)", () => {
  it("are as the table says, and shown as 0", () => {
    const bench = createBench({ extendedTypesEnabled: true });
    bench.ask(create("/c", 4));
    bench.ask(create("/t", 5, { ttlMs: 0xffffffffff }));
    bench.ask(create("/p"));
    expect(["/c", "/t", "/p"].map((path) => bench.tree.node(path)?.ephemeralOwner)).toEqual([
      -(2n ** 63n),
      BigInt.asIntN(64, 0xff0000ffffffffffn),
      0n,
    ]);
    for (const path of ["/c", "/t", "/p"]) {
      const { reply } = bench.run({ kind: "exists", session: 0, path, watch: false });
      expect(reply).toMatchObject({ stat: { ephemeralOwner: 0n } });
    }
    expect([ttlOf(ttlOwner(1)), ttlOf(-(2n ** 63n)), ttlOf(0n), ttlOf(1n << 56n)]).toEqual([
      1,
      undefined,
      undefined,
      undefined,
    ]);
    expect([isSessionOwner(1n << 56n), isSessionOwner(ttlOwner(5))]).toEqual([true, false]);
  });
});

describe("the reaper (semantics 2.4)", () => {
  it("takes a container that had a child and has none, not a new one", () => {
    const bench = createBench();
    bench.ask(create("/c", 4));
    bench.run({ kind: "advanceTime", ms: DAY_MS });
    expect(reap(bench)).toEqual([]);
    bench.ask(create("/c/a"));
    expect(reap(bench)).toEqual([]);
    bench.ask({ kind: "delete", path: "/c/a", version: -1 });
    expect(reap(bench)).toEqual(["/c"]);
    expect(bench.tree.node("/c")).toBe(undefined);
  });

  it("takes a new container after the interval for never used ones, if there is one", () => {
    const bench = createBench({ containerMaxNeverUsedIntervalMs: 100 });
    bench.ask(create("/c", 4));
    // Each command takes one millisecond, the reap too.
    bench.run({ kind: "advanceTime", ms: 99 });
    expect(reap(bench)).toEqual([]);
    expect(reap(bench)).toEqual(["/c"]);
  });

  it("takes a TTL node without children once its data is older than the TTL", () => {
    const bench = createBench({ extendedTypesEnabled: true });
    bench.ask(create("/t", 5, { ttlMs: 10 }));
    bench.run({ kind: "advanceTime", ms: 9 });
    bench.ask({ kind: "setData", path: "/t", data: null, version: -1 });
    bench.run({ kind: "advanceTime", ms: 9 });
    expect(reap(bench)).toEqual([]);
    bench.ask(create("/t/a"));
    bench.run({ kind: "advanceTime", ms: DAY_MS });
    expect(reap(bench)).toEqual([]);
    bench.ask({ kind: "delete", path: "/t/a", version: -1 });
    expect(reap(bench)).toEqual(["/t"]);
  });

  it("gives each deletion a zxid, in the order of the paths, and stops at the limit", () => {
    const bench = createBench({ extendedTypesEnabled: true, reapLimit: 2 });
    for (const path of ["/z", "/y", "/x"]) bench.ask(create(path, 5, { ttlMs: 1 }));
    bench.run({ kind: "addWatch", session: 0, path: "/", mode: 1 });
    bench.run({ kind: "advanceTime", ms: 5 });
    const before = bench.tree.lastZxid();
    const { events } = bench.run({ kind: "reap" });
    expect(events.map(({ type, path, zxid }) => [type, path, zxid])).toEqual([
      ["NodeDeleted", "/x", before + 1],
      ["NodeDeleted", "/y", before + 2],
    ]);
    expect(reap(bench)).toEqual(["/z"]);
  });

  it("leaves a container emptied by the same reap to the next", () => {
    const bench = createBench();
    bench.ask(create("/c", 4));
    bench.ask(create("/c/d", 4));
    bench.ask(create("/c/d/e"));
    bench.ask({ kind: "delete", path: "/c/d/e", version: -1 });
    expect([reap(bench), reap(bench), reap(bench)]).toEqual([["/c/d"], ["/c"], []]);
  });

  it("keeps the usage of a limited subtree", () => {
    const bench = createBench({ extendedTypesEnabled: true });
    bench.ask(create("/a"));
    bench.ask(create("/a/t", 5, { ttlMs: 1 }));
    bench.ask(create("/zookeeper/quota/a"));
    bench.ask(create("/zookeeper/quota/a/zookeeper_limits"));
    bench.ask(create("/zookeeper/quota/a/zookeeper_stats"));
    bench.run({ kind: "advanceTime", ms: 5 });
    reap(bench);
    expect(text(bench.tree.node("/zookeeper/quota/a/zookeeper_stats")?.data)).toBe("count=1,bytes=0");
  });
});
