import { describe, expect, it } from "vitest";
import { type Bench, bytes, create, createBench, errorOf, text } from "./test-kit.ts";

function setQuota(bench: Bench, subtree: string, limits: string): void {
  const names = subtree.split("/").slice(1);
  names.forEach((_, i) => bench.ask(create(`/zookeeper/quota/${names.slice(0, i + 1).join("/")}`)));
  bench.ask(create(`/zookeeper/quota${subtree}/zookeeper_limits`, 0, { data: bytes(limits) }));
  bench.ask(create(`/zookeeper/quota${subtree}/zookeeper_stats`, 0, { data: bytes("count=0,bytes=0") }));
}

function usageOf(bench: Bench, subtree: string): string | undefined {
  return text(bench.tree.node(`/zookeeper/quota${subtree}/zookeeper_stats`)?.data);
}

function set(path: string, data: string): Parameters<Bench["ask"]>[0] {
  return { kind: "setData", path, data: bytes(data), version: -1 };
}

describe("usage (semantics 2.5)", () => {
  it("is counted when the usage node is created: the subtree itself included", () => {
    const bench = createBench();
    bench.ask(create("/a", 0, { data: bytes("12345") }));
    bench.ask(create("/a/b", 0, { data: bytes("678") }));
    bench.ask(create("/ab", 0, { data: bytes("no part of it") }));
    setQuota(bench, "/a", "count=5,bytes=-1=;byteHardLimit=-1;countHardLimit=-1");
    expect(usageOf(bench, "/a")).toBe("count=2,bytes=8");
  });

  it("follows create, setData, delete and the end of sessions, and nothing but the data changes", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    setQuota(bench, "/a", "count=5,bytes=5");
    const before = bench.tree.node("/zookeeper/quota/a/zookeeper_stats");
    bench.ask(create("/a/b", 0, { data: bytes("123") }));
    expect(usageOf(bench, "/a")).toBe("count=2,bytes=3");
    bench.ask(set("/a/b", "1"));
    expect(usageOf(bench, "/a")).toBe("count=2,bytes=1");
    bench.ask(create("/a/e", 1, { data: bytes("12345678") }), 1);
    expect(usageOf(bench, "/a")).toBe("count=3,bytes=9");
    bench.run({ kind: "closeSession", session: 1 });
    bench.ask({ kind: "delete", path: "/a/b", version: -1 });
    expect(usageOf(bench, "/a")).toBe("count=1,bytes=0");
    expect(bench.tree.node("/zookeeper/quota/a/zookeeper_stats")).toEqual({
      ...before,
      data: bytes("count=1,bytes=0"),
    });
  });

  it("is kept for the nearest limited subtree only", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.ask(create("/a/b"));
    setQuota(bench, "/a", "count=5,bytes=5");
    setQuota(bench, "/a/b", "count=5,bytes=5");
    bench.ask(create("/a/b/c"));
    expect([usageOf(bench, "/a"), usageOf(bench, "/a/b")]).toEqual(["count=2,bytes=0", "count=2,bytes=0"]);
  });

  it("stops being kept when the limits go", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    setQuota(bench, "/a", "count=5,bytes=5");
    bench.ask({ kind: "delete", path: "/zookeeper/quota/a/zookeeper_limits", version: -1 });
    bench.ask(create("/a/b"));
    expect(usageOf(bench, "/a")).toBe("count=1,bytes=0");
  });

  it("of a subtree that does not exist is nothing, and starts from what the usage node says", () => {
    const bench = createBench();
    setQuota(bench, "/a", "count=5,bytes=5");
    expect(usageOf(bench, "/a")).toBe("count=0,bytes=0");
    bench.ask(set("/zookeeper/quota/a/zookeeper_stats", "garbage,byteHardLimit=7"));
    bench.ask(create("/a", 0, { data: bytes("xy") }));
    expect(usageOf(bench, "/a")).toBe("count=0,bytes=1=;byteHardLimit=7");
  });

  it("fires no watch and moves no Stat field but the data length", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    setQuota(bench, "/a", "count=5,bytes=5");
    const path = "/zookeeper/quota/a/zookeeper_stats";
    bench.run({ kind: "addWatch", session: 0, path, mode: 0 });
    const { events } = bench.run({ ...create("/a/b", 0, { data: bytes("0123456789") }), session: 0 });
    expect(events).toEqual([]);
    const { reply } = bench.run({ kind: "exists", session: 0, path, watch: false });
    expect(reply).toMatchObject({ stat: { version: 0, dataLength: "count=2,bytes=10".length } });
  });
});

describe("limits (semantics 2.5)", () => {
  const hard = "count=-1,bytes=-1=;byteHardLimit=5;countHardLimit=3";

  function limited(limits: string, enforceQuota: boolean): Bench {
    const bench = createBench({ enforceQuota });
    bench.ask(create("/a"));
    setQuota(bench, "/a", limits);
    return bench;
  }

  it("refuse what would pass a hard limit, with enforceQuota only", () => {
    const bench = limited(hard, true);
    expect(bench.code(create("/a/b"))).toBe("OK");
    expect(bench.code(create("/a/c", 0, { data: bytes("12345") }))).toBe("OK");
    expect(bench.code(create("/a/d"))).toBe("QUOTA_EXCEEDED");
    expect(errorOf(bench.ask(set("/a/b", "1")))).toBe("QUOTA_EXCEEDED");
    expect(errorOf(bench.ask(set("/a/c", "1234")))).toBe(undefined);
    const lax = limited(hard, false);
    expect(lax.code(create("/a/b", 0, { data: bytes("123456") }))).toBe("OK");
  });

  it("only log when soft", () => {
    const bench = limited("count=1,bytes=1", true);
    expect(bench.code(create("/a/b", 0, { data: bytes("123456") }))).toBe("OK");
  });

  it("are looked at after the ephemeral parent and before the version", () => {
    const bench = limited("count=-1,bytes=-1=;byteHardLimit=0;countHardLimit=2", true);
    bench.ask(create("/a/e", 1));
    expect(bench.code(create("/a/e/x"))).toBe("NO_CHILDREN_FOR_EPHEMERALS");
    expect(bench.code(create("/a/f"))).toBe("QUOTA_EXCEEDED");
    expect(errorOf(bench.ask({ kind: "setData", path: "/a", data: bytes("1"), version: 9 }))).toBe("QUOTA_EXCEEDED");
  });

  it("compare each operation of a multi with the usage before the multi (semantics 2.3)", () => {
    const bench = limited(hard, true);
    const results = bench.multi([create("/a/b"), create("/a/c"), create("/a/d")]);
    expect(results.every((result) => result.ok)).toBe(true);
    expect(usageOf(bench, "/a")).toBe("count=4,bytes=0");
    expect(bench.code(create("/a/e"))).toBe("QUOTA_EXCEEDED");
  });

  it("mean nothing directly below /zookeeper/quota or without a usage node", () => {
    const bench = createBench({ enforceQuota: true });
    const data = bytes("countHardLimit=0;byteHardLimit=0");
    bench.ask(create("/zookeeper/quota/zookeeper_limits", 0, { data }));
    bench.ask(create("/zookeeper/quota/zookeeper_stats", 0, { data }));
    expect(bench.code(create("/a"))).toBe("OK");
    expect(text(bench.tree.node("/zookeeper/quota/zookeeper_stats")?.data)).toBe("countHardLimit=0;byteHardLimit=0");
    bench.ask(create("/zookeeper/quota/a"));
    bench.ask(create("/zookeeper/quota/a/zookeeper_limits", 0, { data }));
    expect(bench.code(create("/a/b"))).toBe("OK");
  });
});
