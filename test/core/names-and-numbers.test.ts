import { describe, expect, it } from "vitest";
import { ANY, bytesOf, CoreBench, create, ephemeral, remove, restored, setData, textOf } from "./core-kit.ts";
import { pokeMachine } from "./inspect.ts";

const INT_MAX = 0x7fffffff;
const INT_MIN = -0x80000000;

/** What a plain object used as a map would trip over, and what a careless validator would. */
const HOSTILE_NAMES = [
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "prototype",
  "length",
  "0",
  "-1",
  "NaN",
  "null",
  "undefined",
  "...",
  " ",
  "\u00a0",
  "\ud7ff",
  "\uf900",
  "\uffef",
  "a".repeat(5000),
  "\u0416".repeat(5000),
];

describe("hostile names", () => {
  it.each(HOSTILE_NAMES.map((name) => [name.slice(0, 20), name]))("%s is a name like any other", (_, name) => {
    const bench = new CoreBench();
    const session = bench.openSession();
    const path = `/${name}`;
    const below = `${path}/${name}`;
    expect(bench.stat(path)).toBeUndefined();
    expect(bench.code(remove(path))).toBe("NO_NODE");
    const watched = { watcher: session.watcher };
    expect(bench.read({ kind: "exists", path, watch: true }, watched)).toEqual({ kind: "error", code: "NO_NODE" });
    const { events, outcome } = bench.commit(create(path, bytesOf(name)));
    expect(outcome).toMatchObject({ kind: "create", path });
    expect(events).toMatchObject([{ kind: "NodeCreated", path, watchers: [session.watcher] }]);
    expect(bench.code(create(path))).toBe("NODE_EXISTS");
    expect(bench.code(ephemeral(below), session)).toBe("OK");
    expect(bench.children("/")).toEqual(["zookeeper", name]);
    expect(bench.children(path)).toEqual([name]);
    expect(textOf(bench.data(path))).toBe(name);
    const ephemerals = bench.read({ kind: "getEphemerals", prefixPath: path }, session);
    expect(ephemerals).toEqual({ kind: "getEphemerals", ephemerals: [below] });
    const sequential = bench.commit(create(path, null, 2)).outcome;
    expect(sequential).toMatchObject({ kind: "create", path: `${path}0000000001` });

    const copy = new CoreBench({}, restored(bench.machine));
    expect(copy.children(path)).toEqual([name]);
    expect(textOf(copy.data(path))).toBe(name);

    bench.closeSession(session);
    expect(bench.children(path)).toEqual([]);
    expect(bench.code(remove(path))).toBe("OK");
    expect(bench.stat(path)).toBeUndefined();
  });

  it("as session data and quota text mean what bytes mean", () => {
    const bench = new CoreBench({ enforceQuota: true });
    for (const path of ["/a", "/zookeeper/quota/a"]) bench.commit(create(path));
    bench.commit(create("/zookeeper/quota/a/zookeeper_stats"));
    for (const text of [
      "__proto__=1,constructor=2",
      "count=__proto__",
      "toString",
      "=;=",
      "countHardLimit=9e9",
      "\u0416=1",
    ]) {
      bench.commit(create("/zookeeper/quota/a/zookeeper_limits", bytesOf(text)));
      expect(bench.code(create("/a/b", bytesOf(text)))).toBe("OK");
      expect(textOf(bench.data("/a/b"))).toBe(text);
      expect(bench.code(remove("/a/b"))).toBe("OK");
      bench.commit(remove("/zookeeper/quota/a/zookeeper_limits"));
    }
    expect(({} as Record<string, unknown>)["1"]).toBeUndefined();
    const verifier = bytesOf("__proto__");
    const { outcome } = bench.commit({ kind: "createSession", peerId: 1 as never, timeoutMs: 1, verifier });
    if (outcome.kind !== "createSession") throw new Error("no session");
    verifier.fill(0);
    expect(textOf(bench.machine.session(outcome.id)?.verifier)).toBe("__proto__");
  });

  it("as a usage text that a client wrote keep counting", () => {
    const bench = new CoreBench();
    for (const path of ["/a", "/zookeeper/quota/a"]) bench.commit(create(path));
    bench.commit(create("/zookeeper/quota/a/zookeeper_limits"));
    bench.commit(create("/zookeeper/quota/a/zookeeper_stats"));
    for (const [text, usage] of [
      ["", "count=0,bytes=2"],
      ["count=7,bytes=", "count=8,bytes=2"],
      ["__proto__", "count=0,bytes=2"],
      ["count=999999999999999,bytes=1", "count=1000000000000000,bytes=4"],
      ["x".repeat(100_000), "count=0,bytes=2"],
    ] as const) {
      bench.commit(setData("/zookeeper/quota/a/zookeeper_stats", bytesOf(text)));
      bench.commit(create("/a/b", bytesOf("abc")));
      expect(textOf(bench.data("/zookeeper/quota/a/zookeeper_stats"))).toBe(usage);
      bench.commit(remove("/a/b"));
    }
  });
});

describe("counters at the ends of int32", () => {
  it("versions wrap, skip -1, and -1 always means any (CL-10)", () => {
    const bench = new CoreBench();
    bench.commit(create("/v"));
    const versionAfter = (start: number, expected: number): number | string => {
      pokeMachine(bench.machine, "/v", { version: start });
      const { outcome } = bench.commit(setData("/v", null, expected));
      return outcome.kind === "setData" ? outcome.stat.version : "BAD_VERSION";
    };
    expect(versionAfter(INT_MAX, ANY)).toBe(INT_MIN);
    expect(versionAfter(INT_MAX, INT_MAX)).toBe(INT_MIN);
    expect(versionAfter(INT_MAX, INT_MAX - 1)).toBe("BAD_VERSION");
    expect(versionAfter(INT_MIN, INT_MIN)).toBe(INT_MIN + 1);
    expect(versionAfter(-3, -3)).toBe(-2);
    expect(versionAfter(-2, -2)).toBe(0);
    expect(versionAfter(-2, ANY)).toBe(0);
    expect(versionAfter(-1, 5)).toBe("BAD_VERSION");
    expect(versionAfter(-1, ANY)).toBe(0);
  });

  it("aversions do the same", () => {
    const bench = new CoreBench();
    bench.commit(create("/v"));
    const aversionAfter = (start: number): number | undefined => {
      pokeMachine(bench.machine, "/v", { aversion: start });
      bench.commit({ kind: "setACL", path: "/v", acl: [{ perms: 31, scheme: "world", id: "anyone" }], version: ANY });
      return bench.stat("/v")?.aversion;
    };
    expect([INT_MAX, INT_MIN, -2, -1].map(aversionAfter)).toEqual([INT_MIN, INT_MIN + 1, 0, 0]);
  });

  it("a check compares exactly (CL-10)", () => {
    const bench = new CoreBench();
    bench.commit(create("/v"));
    pokeMachine(bench.machine, "/v", { version: INT_MIN });
    const check = (version: number): string =>
      bench.code({ kind: "multi", ops: [{ kind: "check", path: "/v", version }] });
    expect([INT_MIN, ANY, INT_MAX, 0].map(check)).toEqual(["OK", "OK", "BAD_VERSION", "BAD_VERSION"]);
  });

  it("sequence numbers stay behind at the end, one request at a time (CL-09)", () => {
    const bench = new CoreBench();
    bench.commit(create("/p"));
    pokeMachine(bench.machine, "/p", { cversion: INT_MAX - 1 });
    const next = (): string => {
      const { outcome } = bench.commit(create("/p/s", null, 2));
      return outcome.kind === "create" ? outcome.path : outcome.kind === "error" ? outcome.code : outcome.kind;
    };
    expect([next(), next(), next()]).toEqual(["/p/s2147483646", "/p/s2147483647", "NODE_EXISTS"]);
    const before = bench.stat("/p");
    expect(bench.code(create("/p/plain"))).toBe("OK");
    // The successor is not larger, so neither cversion nor pzxid moves (semantics 2.1).
    expect(bench.stat("/p")?.pzxid).toBe(before?.pzxid);
    expect(bench.stat("/p")?.cversion).toBe((before!.cversion - 1) | 0);
  });

  it("negative sequence numbers have ten characters, the sign among them (CL-09)", () => {
    const bench = new CoreBench();
    bench.commit(create("/p"));
    const suffixes = [INT_MIN, -1_000_000_000, -5, -1, 0, 7].map((cversion) => {
      pokeMachine(bench.machine, "/p", { cversion });
      const { outcome } = bench.commit(create("/p/", null, 2));
      return outcome.kind === "create" ? outcome.path.slice(3) : outcome.kind;
    });
    expect(suffixes).toEqual(["-2147483648", "-1000000000", "-000000005", "-000000001", "0000000000", "0000000007"]);
  });

  it("shown cversions wrap as int32", () => {
    const bench = new CoreBench();
    bench.commit(create("/p"));
    bench.commit(create("/p/a"));
    pokeMachine(bench.machine, "/p", { cversion: INT_MAX });
    expect(bench.stat("/p")?.cversion).toBe((2 * INT_MAX - 1) | 0);
  });
});
