import { describe, expect, it } from "vitest";
import type { Command } from "./command.ts";
import { acl, type Bench, bytes, create, createBench, errorOf, ROOT } from "./test-kit.ts";

type SetAcl = Command & { kind: "setAcl" };

function setAcl(path: string, entries: SetAcl["acl"], version: number = -1): SetAcl {
  return { kind: "setAcl", session: 0, path, acl: entries, version };
}

function del(path: string, version: number = -1): { kind: "delete"; path: string; version: number } {
  return { kind: "delete", path, version };
}

function setData(path: string, data: string, version: number = -1): Parameters<Bench["code"]>[0] {
  return { kind: "setData", path, data: bytes(data), version };
}

describe("delete (semantics 2.2)", () => {
  it.each([
    ["x", "BAD_ARGUMENTS"],
    ["", "BAD_ARGUMENTS"],
    ["/", "BAD_ARGUMENTS"],
    ["/zookeeper", "BAD_ARGUMENTS"],
    ["/zookeeper/quota", "BAD_ARGUMENTS"],
    ["/zookeeper/config", "BAD_ARGUMENTS"],
    ["/missing", "NO_NODE"],
    ["/missing/a", "NO_NODE"],
    ["//", "NO_NODE"],
    ["/..", "NO_NODE"],
  ])("%j gives %s", (path, code) => {
    expect(createBench().code(del(path))).toBe(code);
  });

  it("needs DELETE on the parent, not on the node, and tells so before it looks for the node [L]", () => {
    const bench = createBench();
    bench.ask(create("/p"));
    bench.ask(create("/p/own", 0, { acl: acl([0, "world", "anyone"]) }));
    expect(bench.code(del("/p/own"))).toBe("OK");
    bench.ask(setAcl("/p", acl([31 - 8, "world", "anyone"])));
    expect(bench.code(del("/p/missing"))).toBe("NO_AUTH");
  });

  it("looks at the version before the children", () => {
    const bench = createBench();
    bench.ask(create("/p"));
    bench.ask(create("/p/a"));
    expect(bench.code(del("/p", 3))).toBe("BAD_VERSION");
    expect(bench.code(del("/p", 0))).toBe("NOT_EMPTY");
    expect(bench.code(del("/p/a", 0))).toBe("OK");
    expect(bench.code(del("/p", 0))).toBe("OK");
  });
});

describe("setData (semantics 2.2)", () => {
  it("moves version, mzxid and mtime, nothing else", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    const before = bench.tree.node("/a");
    const reply = bench.ask(setData("/a", "xy", 0));
    const after = { ...before, data: bytes("xy"), version: 1, mzxid: bench.tree.lastZxid(), mtimeMs: bench.nowMs() };
    expect(bench.tree.node("/a")).toEqual(after);
    expect(reply).toMatchObject({ ok: true, stat: { version: 1, dataLength: 2 } });
    expect(bench.code(setData("/a", "", 0))).toBe("BAD_VERSION");
    expect(bench.code(setData("/a", "", -2))).toBe("BAD_VERSION");
  });

  it("checks path, node, WRITE, version in this order", () => {
    const bench = createBench();
    bench.ask(create("/a", 0, { acl: acl([31 - 2, "world", "anyone"]) }));
    const codes = ["/a/", "/missing", "/a"].map((path) => bench.code(setData(path, "", 7)));
    expect(codes).toEqual(["BAD_ARGUMENTS", "NO_NODE", "NO_AUTH"]);
  });

  it("is allowed on the root and /zookeeper, on /zookeeper/config to super only", () => {
    const bench = createBench();
    const paths = ["/", "/zookeeper", "/zookeeper/config"];
    expect(paths.map((path) => bench.code(setData(path, "x")))).toEqual(["OK", "OK", "NO_AUTH"]);
    bench.run({ kind: "reconnect", session: 0, auth: [ROOT] });
    expect(bench.code(setData("/zookeeper/config", "x"))).toBe("OK");
  });

  it("wraps the version and skips -1 (ZOOKEEPER-4743)", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.tree.poke("/a", { version: 2147483647 });
    expect(bench.ask(setData("/a", "", 2147483647))).toMatchObject({ stat: { version: -2147483648 } });
    bench.tree.poke("/a", { version: -2 });
    expect(bench.ask(setData("/a", "", -2))).toMatchObject({ stat: { version: 0 } });
  });
});

describe("setACL (semantics 2.2)", () => {
  it("moves the ACL and aversion, nothing else, and fires nothing", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.run({ kind: "addWatch", session: 1, path: "/a", mode: 0 });
    const before = bench.tree.node("/a");
    const entries = acl([1, "world", "anyone"], [16, "auth", ""]);
    const { reply, events } = bench.run({ ...setAcl("/a", entries, 0) });
    expect(events).toEqual([]);
    expect(reply).toMatchObject({ ok: true, stat: { aversion: 1, version: 0, mzxid: before?.mzxid } });
    const stored = bench.tree.node("/a");
    expect(stored).toEqual({ ...before, aversion: 1, acl: stored?.acl });
    expect(stored?.acl.map(({ scheme }) => scheme)).toEqual(["world", "digest"]);
  });

  it("checks path, ACL, node, ADMIN, aversion in this order", () => {
    const bench = createBench();
    const good = acl([31, "world", "anyone"]);
    bench.ask(create("/locked", 0, { acl: acl([15, "world", "anyone"]) }));
    const replies = [
      bench.ask(setAcl("/a/", [])),
      bench.ask(setAcl("/missing", [])),
      bench.ask(setAcl("/missing", good)),
      bench.ask(setAcl("/locked", good, 9)),
    ];
    expect(replies.map(errorOf)).toEqual(["BAD_ARGUMENTS", "INVALID_ACL", "NO_NODE", "NO_AUTH"]);
    bench.ask(create("/a"));
    expect(errorOf(bench.ask(setAcl("/a", good, 1)))).toBe("BAD_VERSION");
  });

  it("steps the aversion of /zookeeper/config from -1 to 0", () => {
    const bench = createBench();
    bench.run({ kind: "reconnect", session: 0, auth: [ROOT] });
    expect(bench.ask(setAcl("/zookeeper/config", acl([31, "world", "anyone"])))).toMatchObject({
      stat: { aversion: 0 },
    });
  });
});

describe("multi (semantics 2.3, client-protocol 5)", () => {
  it("sees the effects of its earlier operations and has one zxid and time", () => {
    const bench = createBench();
    const results = bench.multi([
      create("/a", 0, { opcode: "create" }),
      create("/a/b"),
      create("/a/s", 2),
      { kind: "setData", path: "/a", data: bytes("x"), version: 0 },
      { kind: "check", path: "/a", version: 1 },
      del("/a/b"),
    ]);
    const zxid = bench.tree.lastZxid();
    expect(results).toEqual([
      { ok: true, path: "/a" },
      { ok: true, path: "/a/b", stat: expect.objectContaining({ czxid: zxid }) },
      { ok: true, path: "/a/s0000000001", stat: expect.objectContaining({ czxid: zxid }) },
      { ok: true, stat: expect.objectContaining({ version: 1, numChildren: 2, mzxid: zxid, pzxid: zxid }) },
      { ok: true },
      { ok: true },
    ]);
    expect(bench.tree.node("/a")).toMatchObject({ cversion: 2, pzxid: zxid, mtimeMs: bench.nowMs() });
  });

  it("takes everything back when one fails: 0 before it, its code, -2 behind it [L]", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.run({ kind: "addWatch", session: 0, path: "/", mode: 1 });
    const before = bench.tree.dump();
    const observation = bench.run({
      kind: "multi",
      session: 0,
      ops: [create("/a/s", 2), setData("/a", "x"), del("/missing"), create("/b"), del("/a")],
    });
    expect(observation).toEqual({
      reply: {
        ok: true,
        results: [null, null, "NO_NODE", "RUNTIME_INCONSISTENCY", "RUNTIME_INCONSISTENCY"].map((error) => ({
          ok: false,
          error,
        })),
      },
      events: [],
      zxidCount: 1,
    });
    expect(bench.tree.dump()).toEqual(before);
    expect(bench.ask(create("/a/s", 2))).toMatchObject({ path: "/a/s0000000000" });
  });

  it("succeeds when empty and uses up a zxid [L]", () => {
    const bench = createBench();
    const before = bench.tree.lastZxid();
    expect(bench.multi([])).toEqual([]);
    expect(bench.tree.lastZxid()).toBe(before + 1);
  });

  it("fails as a whole on an unknown create flag [L], by operation on a flag of another opcode", () => {
    const bench = createBench();
    const before = bench.tree.lastZxid();
    const { reply } = bench.run({ kind: "multi", session: 0, ops: [create("/a"), create("/b", 7)] });
    expect(reply).toEqual({ ok: false, error: "MARSHALLING_ERROR" });
    expect(bench.tree.lastZxid()).toBe(before + 1);
    expect(bench.multi([create("/a"), create("/b", 4, { opcode: "create" })]).map(errorOf)).toEqual([
      null,
      "BAD_ARGUMENTS",
    ]);
  });

  it("checks each operation's session", () => {
    const bench = createBench();
    expect(bench.multi([create("/a"), create("/b")], 9).map(errorOf)).toEqual([
      "SESSION_EXPIRED",
      "RUNTIME_INCONSISTENCY",
    ]);
  });

  it.each([
    ["/a/", -1, "BAD_ARGUMENTS"],
    ["/missing", -1, "NO_NODE"],
    ["/hidden", 5, "NO_AUTH"],
    ["/a", 1, "BAD_VERSION"],
    ["/a", 0, undefined],
    ["/a", -1, undefined],
  ])("check of %j at %i gives %s", (path, version, code) => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.ask(create("/hidden", 0, { acl: acl([30, "world", "anyone"]) }));
    expect(errorOf(bench.multi([{ kind: "check", path, version }])[0])).toBe(code);
  });

  it("fires the events of each operation in order, all with its zxid, before the reply [L]", () => {
    const bench = createBench();
    bench.run({ kind: "addWatch", session: 1, path: "/", mode: 0 });
    bench.run({ kind: "addWatch", session: 1, path: "/", mode: 1 });
    const ops = [create("/a"), setData("/a", "x"), del("/a")];
    const { events } = bench.run({ kind: "multi", session: 0, ops });
    expect(events.map(({ type, path }) => `${type} ${path}`)).toEqual([
      "NodeCreated /a",
      "NodeChildrenChanged /",
      "NodeDataChanged /a",
      "NodeDeleted /a",
      "NodeChildrenChanged /",
    ]);
    expect(new Set(events.map(({ zxid }) => zxid))).toEqual(new Set([bench.tree.lastZxid()]));
  });
});

describe("zxids (semantics 2)", () => {
  it("are used up by failed writes, not by reads", () => {
    const bench = createBench();
    const before = bench.tree.lastZxid();
    expect(bench.run({ ...create("/missing/a"), session: 0 }).zxidCount).toBe(1);
    expect(bench.tree.lastZxid()).toBe(before + 1);
    expect(bench.run({ kind: "exists", session: 0, path: "/", watch: false }).zxidCount).toBe(0);
    expect(bench.tree.lastZxid()).toBe(before + 1);
  });

  it("must grow", () => {
    const bench = createBench();
    const timing = { zxid: bench.tree.lastZxid(), timeMs: bench.nowMs() };
    expect(() => bench.tree.run({ ...create("/a"), session: 0 }, timing)).toThrow("does not follow");
  });
});
