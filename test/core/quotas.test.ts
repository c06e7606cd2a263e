import { describe, expect, it } from "vitest";
import { create as createOp, createBench } from "../model/test-kit.ts";
import { bytesOf, CoreBench, create, ephemeral, remove, restored, setData, textOf } from "./core-kit.ts";

/** A machine with limits on each subtree; the subtree, its limits and its usage exist. */
function withLimits(bench: CoreBench, subtree: string, limits: string): void {
  for (const top of [subtree, `/zookeeper/quota${subtree}`]) {
    const names = top.split("/").slice(1);
    for (const depth of names.keys()) bench.commit(create(`/${names.slice(0, depth + 1).join("/")}`));
  }
  bench.commit(create(`/zookeeper/quota${subtree}/zookeeper_limits`, bytesOf(limits)));
  bench.commit(create(`/zookeeper/quota${subtree}/zookeeper_stats`));
}

function usageOf(bench: CoreBench, subtree: string): string | null | undefined {
  return textOf(bench.data(`/zookeeper/quota${subtree}/zookeeper_stats`));
}

describe("the usage of a quota", () => {
  it("survives a usage znode that is created with more data than fits beside others", () => {
    const bench = new CoreBench();
    withLimits(bench, "/a", "count=9,bytes=9");
    bench.commit(create("/b"));
    bench.commit(create("/zookeeper/quota/b"));
    bench.commit(create("/zookeeper/quota/b/zookeeper_stats", new Uint8Array(100_000)));
    expect(usageOf(bench, "/b")).toBe("count=1,bytes=0");
    expect(bench.stat("/zookeeper/quota/b/zookeeper_stats")?.dataLength).toBe(15);
  });

  it("counts the znode as it was created, even where that is a usage znode itself", () => {
    const bench = new CoreBench();
    withLimits(bench, "/zookeeper", "count=-1,bytes=-1");
    bench.commit(create("/b"));
    bench.commit(create("/zookeeper/quota/b"));
    for (const size of [0, 3, 12, 40, 5000]) {
      const [count, bytes] = numbersOf(usageOf(bench, "/zookeeper"));
      bench.commit(create("/zookeeper/quota/b/zookeeper_stats", new Uint8Array(size)));
      expect(numbersOf(usageOf(bench, "/zookeeper"))).toEqual([count! + 1, bytes! + size]);
      bench.commit(remove("/zookeeper/quota/b/zookeeper_stats"));
      expect(numbersOf(usageOf(bench, "/zookeeper"))).toEqual([count, bytes! + size - "count=1,bytes=0".length]);
    }
  });

  it("keeps in the text what a client put there, as the reference does", () => {
    for (const text of [
      "",
      "count=3,bytes=4=;byteHardLimit=-1;countHardLimit=-1",
      "b=1;a=2,count=1",
      "x=y=1;=4;z=-0",
    ]) {
      const bench = new CoreBench();
      const reference = createBench();
      withLimits(bench, "/a", "");
      for (const path of ["/a", "/zookeeper/quota/a"]) reference.code(createOp(path));
      for (const name of ["zookeeper_limits", "zookeeper_stats"])
        reference.code(createOp(`/zookeeper/quota/a/${name}`));
      const stats = "/zookeeper/quota/a/zookeeper_stats";
      bench.commit(setData(stats, bytesOf(text)));
      expect(reference.code({ kind: "setData", path: stats, data: bytesOf(text), version: -1 })).toBe("OK");
      bench.commit(create("/a/b", bytesOf("abc")));
      expect(reference.code(createOp("/a/b", 0, { data: bytesOf("abc") }))).toBe("OK");
      expect(usageOf(bench, "/a")).toBe(textOf(reference.tree.node(stats)?.data));
    }
  });

  // What a peer remembers about the order of a session's ephemerals is its own: a restored one remembers another.
  it("comes out the same on a restored peer when a session takes limits and what they count with it", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    bench.commit(create("/a"));
    bench.commit(create("/zookeeper/quota/a"));
    bench.commit(create("/zookeeper/quota/a/zookeeper_stats"));
    bench.commit(ephemeral("/a/x"), session);
    bench.commit(ephemeral("/zookeeper/quota/a/zookeeper_limits"), session);
    bench.commit(ephemeral("/a/y"), session);
    const copy = new CoreBench({}, restored(bench.machine));
    expect(copy.machine.digest).toBe(bench.machine.digest);
    const close = bench.prepare({ kind: "closeSession", id: session.sessionId });
    bench.apply(close);
    copy.apply(close);
    expect(usageOf(copy, "/a")).toBe(usageOf(bench, "/a"));
    expect(copy.machine.digest).toBe(bench.machine.digest);
  });
});

function numbersOf(usage: string | null | undefined): number[] {
  return [...(usage ?? "").matchAll(/-?\d+/g)].map(Number);
}
