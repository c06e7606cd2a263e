import { describe, expect, it } from "vitest";
import { HOSTILE_PATHS, ILLEGAL_PATHS } from "./generator-pools.ts";
import { incrementInt32, nextVersion, sequenceSuffix, shownCversion } from "./reference-counter.ts";
import { isValidPath, selfAndAncestors } from "./reference-path.ts";
import { acl, type Bench, bytes, create, createBench } from "./test-kit.ts";

function pathOf(bench: Bench, path: string, flags: number): string | undefined {
  const reply = bench.ask(create(path, flags));
  return reply.ok ? reply.path : reply.error;
}

describe("paths (semantics 1.1)", () => {
  it.each(ILLEGAL_PATHS)("refuses %j", (path) => {
    expect(isValidPath(path)).toBe(false);
  });

  it.each([...HOSTILE_PATHS, "/", "/a", "/a/b", "/....", "/..b", "/a/...", "/\u00a0\u00ff", "/\ufa00"])(
    "takes %j",
    (path) => {
      expect(isValidPath(path)).toBe(true);
    },
  );

  it("refuses exactly the listed units in a name", () => {
    const refused: number[] = [];
    for (let unit = 0; unit <= 0xffff; unit++) {
      if (!isValidPath(`/x${String.fromCharCode(unit)}x`)) refused.push(unit);
    }
    const ranges = refused
      .filter((unit) => !refused.includes(unit - 1))
      .map((first) => {
        let last = first;
        while (refused.includes(last + 1) && last < first + 0x2200) last++;
        return [first, last];
      });
    expect(ranges).toEqual([
      [0, 0x1f],
      [0x7f, 0x9f],
      [0xd800, 0xf8ff],
      [0xfff0, 0xffff],
    ]);
  });

  it("knows the ancestors of a path", () => {
    expect(selfAndAncestors("/a/b/c")).toEqual(["/a/b/c", "/a/b", "/a", "/"]);
    expect(selfAndAncestors("/")).toEqual(["/"]);
    expect(selfAndAncestors("x")).toEqual(["x"]);
  });
});

describe("the initial tree (semantics 1)", () => {
  const bench = createBench();

  it.each([
    ["/", -1, 1, 0],
    ["/zookeeper", -2, 2, 0],
    ["/zookeeper/quota", 0, 0, 0],
    ["/zookeeper/config", 0, 0, -1],
  ])("shows %s with cversion %i, %i children, aversion %i", (path, cversion, numChildren, aversion) => {
    const { reply } = bench.run({ kind: "getData", session: 0, path, watch: false });
    expect(reply).toEqual({
      ok: true,
      data: new Uint8Array(0),
      stat: {
        czxid: 0,
        mzxid: 0,
        ctimeMs: 0,
        mtimeMs: 0,
        version: 0,
        cversion,
        aversion,
        ephemeralOwner: 0n,
        dataLength: 0,
        numChildren,
        pzxid: 0,
      },
    });
  });
});

describe("create, in the order of its checks (semantics 2.1)", () => {
  it("1: knows no TTL modes while extended types are off, whatever the opcode or the TTL", () => {
    const bench = createBench();
    expect(bench.code(create("/a", 5, { ttlMs: 1000 }))).toBe("UNIMPLEMENTED");
    expect(bench.code(create("/a", 6, { ttlMs: 0 }))).toBe("UNIMPLEMENTED");
    expect(bench.code(create("/a", 5, { opcode: "create" }))).toBe("UNIMPLEMENTED");
  });

  it("2: takes each flag through its own opcodes only (client-protocol 4.1)", () => {
    const opcodes = ["create", "create2", "createContainer", "createTTL"] as const;
    const accepted = [-1, 0, 1, 2, 3, 4, 5, 6, 7].map((flags) =>
      opcodes.filter((opcode) => {
        const bench = createBench({ extendedTypesEnabled: true });
        return bench.code(create("/a", flags, { opcode, ttlMs: 1 })) === "OK";
      }),
    );
    const plain = ["create", "create2"];
    const ttl = ["createTTL"];
    expect(accepted).toEqual([[], plain, plain, plain, plain, ["createContainer"], ttl, ttl, []]);
    expect(createBench().code(create("/missing/a", 7))).toBe("BAD_ARGUMENTS");
  });

  it.each([
    [-1, "BAD_ARGUMENTS"],
    [0, "BAD_ARGUMENTS"],
    [1, "OK"],
    [0xffffffffff, "OK"],
    [0x10000000000, "BAD_ARGUMENTS"],
  ])("2: a TTL of %i gives %s", (ttlMs, code) => {
    expect(createBench({ extendedTypesEnabled: true }).code(create("/a", 5, { ttlMs }))).toBe(code);
  });

  it("3: looks at the session after the flags, before the path", () => {
    const bench = createBench();
    expect(bench.code(create("/a", 7), 9)).toBe("BAD_ARGUMENTS");
    expect(bench.code(create("x"), 9)).toBe("SESSION_EXPIRED");
    bench.run({ kind: "closeSession", session: 1 });
    expect(bench.code(create("/a"), 1)).toBe("SESSION_EXPIRED");
  });

  it.each([
    ["", "BAD_ARGUMENTS"],
    ["x", "BAD_ARGUMENTS"],
    ["/missing/\0", "BAD_ARGUMENTS"],
    ["/missing/..", "NO_NODE"],
    ["a/b", "NO_NODE"],
    ["/..", "BAD_ARGUMENTS"],
    ["//", "BAD_ARGUMENTS"],
    ["/", "NODE_EXISTS"],
    ["/a/", "NO_NODE"],
  ])("4, 6, 9, 10: %j gives %s [L]", (path, code) => {
    expect(createBench().code(create(path))).toBe(code);
  });

  it("5: looks at the ACL after the path has a slash and before the parent", () => {
    const bench = createBench();
    expect(bench.code(create("x", 0, { acl: [] }))).toBe("BAD_ARGUMENTS");
    expect(bench.code(create("/missing/a", 0, { acl: [] }))).toBe("INVALID_ACL");
    expect(bench.code(create("/missing/a", 0, { acl: null }))).toBe("INVALID_ACL");
  });

  it("7: needs CREATE on the parent before the rest of the path is looked at", () => {
    const bench = createBench();
    bench.ask(create("/p", 0, { acl: acl([31 - 4, "world", "anyone"]) }));
    expect(bench.code(create("/p/.."))).toBe("NO_AUTH");
    expect(bench.code(create("/p/a"))).toBe("NO_AUTH");
  });

  it("8, 9: validates the final path of a sequential create [L]", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    expect(pathOf(bench, "/a/", 2)).toBe("/a/0000000000");
    expect(pathOf(bench, "/a/..", 2)).toBe("/a/..0000000001");
    expect(pathOf(bench, "//", 2)).toBe("BAD_ARGUMENTS");
  });

  it("10, 11: meets the existing node before the ephemeral parent", () => {
    const bench = createBench({ extendedTypesEnabled: true });
    bench.ask(create("/e", 1));
    expect(bench.code(create("/e/a"))).toBe("NO_CHILDREN_FOR_EPHEMERALS");
    expect(bench.code(create("/e"))).toBe("NODE_EXISTS");
    bench.ask(create("/c", 4));
    bench.ask(create("/t", 5, { ttlMs: 1 }));
    expect([bench.code(create("/c/a")), bench.code(create("/t/a"))]).toEqual(["OK", "OK"]);
  });

  it("may create below /zookeeper and /zookeeper/quota [L]", () => {
    const bench = createBench();
    expect([bench.code(create("/zookeeper/a")), bench.code(create("/zookeeper/quota/a"))]).toEqual(["OK", "OK"]);
    expect(bench.code(create("/zookeeper/config/a"))).toBe("NO_AUTH");
  });

  it("replies the path, and the Stat unless the opcode is the old create", () => {
    const bench = createBench();
    expect(bench.ask(create("/a", 0, { opcode: "create" }))).toEqual({ ok: true, path: "/a" });
    const reply = bench.ask(create("/b", 1, { data: bytes("xyz") }));
    const zxid = bench.tree.lastZxid();
    const timeMs = bench.nowMs();
    expect(reply).toEqual({
      ok: true,
      path: "/b",
      stat: {
        czxid: zxid,
        mzxid: zxid,
        ctimeMs: timeMs,
        mtimeMs: timeMs,
        version: 0,
        cversion: 0,
        aversion: 0,
        ephemeralOwner: bench.tree.sessionIdOf(0),
        dataLength: 3,
        numChildren: 0,
        pzxid: zxid,
      },
    });
  });

  it("keeps null and empty data apart [L]", () => {
    const bench = createBench();
    bench.ask(create("/null"));
    bench.ask(create("/empty", 0, { data: new Uint8Array(0) }));
    const data = ["/null", "/empty"].map((path) => bench.tree.node(path)?.data);
    expect(data).toEqual([null, new Uint8Array(0)]);
  });
});

describe("sequence numbers and counters (semantics 2.1)", () => {
  it("numbers by the creates ever done under the parent, which deletes do not touch", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.ask(create("/a/plain"));
    expect(pathOf(bench, "/a/s", 2)).toBe("/a/s0000000001");
    bench.ask({ kind: "delete", path: "/a/s0000000001", version: -1 });
    expect(pathOf(bench, "/a/s", 3)).toBe("/a/s0000000002");
    expect(bench.code(create("/a/plain"))).toBe("NODE_EXISTS");
    expect(pathOf(bench, "/a/s", 2)).toBe("/a/s0000000003");
  });

  it("starts again with a new parent", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.ask(create("/a/b"));
    bench.ask({ kind: "delete", path: "/a/b", version: -1 });
    bench.ask({ kind: "delete", path: "/a", version: -1 });
    bench.ask(create("/a"));
    expect(pathOf(bench, "/a/s", 2)).toBe("/a/s0000000000");
  });

  it("shows creates plus deletes as cversion, and the last of either as pzxid", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.ask(create("/a/b"));
    bench.ask(create("/a/c"));
    bench.ask({ kind: "delete", path: "/a/b", version: -1 });
    const deletedAt = bench.tree.lastZxid();
    bench.ask({ kind: "setData", path: "/a/c", data: null, version: -1 });
    const { reply } = bench.run({ kind: "exists", session: 0, path: "/a", watch: false });
    expect(reply).toMatchObject({ ok: true, stat: { cversion: 3, numChildren: 1, pzxid: deletedAt } });
    expect(bench.tree.node("/a")?.cversion).toBe(2);
  });

  it("stops at the end of int32: the next name is there already [D]", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.tree.poke("/a", { cversion: 2147483646 });
    expect(pathOf(bench, "/a/s", 2)).toBe("/a/s2147483646");
    const pzxid = bench.tree.lastZxid();
    expect(pathOf(bench, "/a/s", 2)).toBe("/a/s2147483647");
    expect(bench.tree.node("/a")).toMatchObject({ cversion: 2147483647, pzxid });
    expect(pathOf(bench, "/a/s", 2)).toBe("NODE_EXISTS");
    expect(pathOf(bench, "/a/t", 2)).toBe("/a/t2147483647");
  });

  it("goes on with the wrapped value inside one multi [D]", () => {
    const bench = createBench();
    bench.ask(create("/a"));
    bench.tree.poke("/a", { cversion: 2147483647 });
    const results = bench.multi([create("/a/s", 2), create("/a/s", 2), create("/a/s", 2)]);
    expect(results.map((result) => (result.ok ? result.path : result.error))).toEqual([
      "/a/s2147483647",
      "/a/s-2147483648",
      "/a/s-2147483647",
    ]);
    expect(bench.tree.node("/a")?.cversion).toBe(2147483647);
  });

  it("prints, wraps and skips as int32 does", () => {
    expect([0, 7, 2147483647, -1, -5, -2147483648].map(sequenceSuffix)).toEqual([
      "0000000000",
      "0000000007",
      "2147483647",
      "-000000001",
      "-000000005",
      "-2147483648",
    ]);
    expect([incrementInt32(2147483647), incrementInt32(-2)]).toEqual([-2147483648, -1]);
    expect([nextVersion(2147483647), nextVersion(-2), nextVersion(-1)]).toEqual([-2147483648, 0, 0]);
    expect([shownCversion(0, 1), shownCversion(3, 1), shownCversion(2147483647, 0)]).toEqual([-1, 5, -2]);
  });
});
