import { describe, expect, it } from "vitest";
import type { Command } from "./command.ts";
import { ILLEGAL_PATHS, openSessionCommand } from "./generator-pools.ts";
import type { Reply } from "./observation.ts";
import { acl, bytes, create, createBench, errorOf } from "./test-kit.ts";

describe("reads (semantics 3, client-protocol 8.1)", () => {
  const bench = createBench();
  bench.ask(create("/a", 0, { data: bytes("x") }));
  bench.ask(create("/a/b"));
  bench.ask(create("/a/__proto__"));
  bench.ask(create("/ab"));
  bench.ask(create("/hidden", 0, { acl: acl([30, "world", "anyone"]) }));

  function read(kind: "exists" | "getChildren" | "getData", path: string, watch: boolean = false): Reply {
    return bench.run({ kind, session: 0, path, watch }).reply;
  }

  it("give data, children, Stat and count", () => {
    expect(read("getData", "/a")).toMatchObject({ ok: true, data: bytes("x"), stat: { dataLength: 1 } });
    expect(read("exists", "/a")).toMatchObject({ ok: true, stat: { numChildren: 2 } });
    expect(read("getChildren", "/a")).toMatchObject({ children: ["__proto__", "b"], stat: { numChildren: 2 } });
    expect(read("getChildren", "/")).toMatchObject({ children: ["a", "ab", "hidden", "zookeeper"] });
  });

  it("need READ", () => {
    const replies = (["exists", "getData", "getChildren"] as const).map((kind) => read(kind, "/hidden"));
    expect(replies.map(errorOf)).toEqual(["NO_AUTH", "NO_AUTH", "NO_AUTH"]);
    const count: Command = { kind: "getAllChildrenNumber", session: 0, path: "/hidden" };
    expect(errorOf(bench.run(count).reply)).toBe("NO_AUTH");
  });

  it("take a bad path for a missing node", () => {
    expect(ILLEGAL_PATHS.filter((path) => errorOf(read("getData", path)) !== "NO_NODE")).toEqual([]);
  });

  it.each([
    ["/", 8],
    ["/a", 2],
    ["/a/b", 0],
    ["/zookeeper", 2],
  ])("count all descendants of %s as %i", (path, count) => {
    expect(bench.run({ kind: "getAllChildrenNumber", session: 0, path }).reply).toEqual({ ok: true, count });
  });

  it("of a multiRead each stand for themselves (client-protocol 5)", () => {
    const ops = [
      { kind: "getData", path: "/a" },
      { kind: "getData", path: "/hidden" },
      { kind: "getChildren", path: "/missing" },
      { kind: "getChildren", path: "/a" },
    ] as const;
    const { reply } = bench.run({ kind: "multiRead", session: 0, ops });
    expect(reply).toEqual({
      ok: true,
      results: [
        { ok: true, data: bytes("x"), stat: expect.objectContaining({ dataLength: 1 }) },
        { ok: false, error: "NO_AUTH" },
        { ok: false, error: "NO_NODE" },
        { ok: true, children: ["__proto__", "b"] },
      ],
    });
  });

  it("of an unknown or closed session are refused and set no watch", () => {
    bench.run({ kind: "closeSession", session: 1 });
    for (const session of [1, 9]) {
      const { reply } = bench.run({ kind: "exists", session, path: "/a", watch: true });
      expect(errorOf(reply)).toBe("SESSION_EXPIRED");
    }
    expect(bench.tree.dump().watches).toEqual([]);
  });
});

describe("sessions (semantics 5)", () => {
  it("have an id made of the peer and the zxid of their create", () => {
    const bench = createBench();
    const { reply } = bench.run(openSessionCommand(2));
    const id = (1n << 56n) | BigInt(bench.tree.lastZxid());
    expect(reply).toEqual({ ok: true, sessionId: id });
    expect(bench.tree.dump().sessions.at(-1)).toEqual({
      id,
      timeoutMs: 12_000,
      verifier: openSessionCommand(2).verifier,
    });
    expect(() => bench.run(openSessionCommand(2))).toThrow("open already");
  });

  it("take their ephemerals along, all at one zxid (5.3)", () => {
    const bench = createBench();
    bench.ask(create("/p"));
    bench.ask(create("/p/e", 1), 1);
    bench.ask(create("/p/s", 3), 1);
    bench.ask(create("/p/other", 1), 0);
    expect(bench.run({ kind: "closeSession", session: 1 }).reply).toEqual({ ok: true });
    const paths = bench.tree.dump().nodes.map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith("/p"))).toEqual(["/p", "/p/other"]);
    expect(bench.tree.node("/p")).toMatchObject({ pzxid: bench.tree.lastZxid(), cversion: 3 });
    expect(bench.tree.dump().sessions).toHaveLength(1);
    expect(errorOf(bench.run({ kind: "closeSession", session: 1 }).reply)).toBe("SESSION_EXPIRED");
  });

  it("live on over a reconnect, the watches and identities do not", () => {
    const bench = createBench();
    bench.ask(create("/e", 1, { acl: acl([31, "auth", ""]) }));
    bench.run({ kind: "addWatch", session: 0, path: "/e", mode: 0 });
    bench.run({ kind: "reconnect", session: 0, auth: [] });
    expect(bench.tree.dump().watches).toEqual([]);
    expect(bench.tree.node("/e")?.ephemeralOwner).toBe(bench.tree.sessionIdOf(0));
    expect(errorOf(bench.run({ kind: "getData", session: 0, path: "/e", watch: false }).reply)).toBe("NO_AUTH");
  });

  it.each([
    [null, ["/a/e", "/ab"]],
    ["", ["/a/e", "/ab"]],
    ["/", ["/a/e", "/ab"]],
    ["/a", ["/a/e", "/ab"]],
    ["/a/", ["/a/e"]],
    ["x", []],
  ])("list their own ephemerals by plain prefix %j", (prefix, children) => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.ask(create("/a/e", 1));
    bench.ask(create("/ab", 1));
    bench.ask(create("/a/foreign", 1), 1);
    expect(bench.run({ kind: "getEphemerals", session: 0, prefix }).reply).toEqual({ ok: true, children });
  });
});
