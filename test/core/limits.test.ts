import { afterEach, describe, expect, it, vi } from "vitest";
import type { WriteRequest } from "../../packages/core/src/index.ts";
import type { Acl } from "../../packages/protocol/src/index.ts";
import { ZnodeTree } from "../../packages/core/src/tree/znode-tree.ts";
import type { PeerId, SessionId } from "../../packages/interface/src/index.ts";
import { type Asker, codeOf, CoreBench, create, ephemeral, remove, restored, setData } from "./core-kit.ts";

describe("txnSizeMaxBytes", () => {
  const limit = 2000;
  const data = new Uint8Array(limit);

  it("refuses what would be larger, as one txn like any other", () => {
    const bench = new CoreBench({ limits: { txnSizeMaxBytes: limit } });
    bench.commit(create("/a", new Uint8Array(9)));
    const before = bench.machine.digest;
    const tooLarge: WriteRequest[] = [
      create("/b", data),
      { kind: "setData", path: "/a", data, version: -1 },
      { kind: "multi", ops: [create("/c"), setData("/a", data)] },
      { kind: "multi", ops: Array.from({ length: 200 }, (_, i) => create(`/many${i}`)) },
      create(`/${"n".repeat(limit)}`),
      { ...create("/b"), acl: Array.from({ length: 100 }, (_, i) => ({ perms: i, scheme: "x509", id: `CN=${i}` })) },
      { kind: "config", data },
      { kind: "createSession", peerId: 1 as PeerId, timeoutMs: 1, verifier: data },
    ];
    for (const request of tooLarge) {
      const { zxid, bytes } = bench.prepare(request);
      expect(bytes.length).toBeLessThan(100);
      const applied = bench.apply({ zxid, bytes });
      expect([request.kind, applied.outcome]).toEqual([
        request.kind,
        { kind: "error", code: "BAD_ARGUMENTS", results: null },
      ]);
      expect(bench.machine.lastAppliedZxid).toBe(zxid);
    }
    expect(bench.machine.digest).toBe(before);
  });

  it("leaves no trace of what it refused for the requests behind it", () => {
    const bench = new CoreBench({ limits: { txnSizeMaxBytes: limit } });
    const refused = bench.prepare({ kind: "createSession", peerId: 1 as PeerId, timeoutMs: 1, verifier: data });
    const ghost: Asker = {
      sessionId: BigInt.asIntN(64, (1n << 56n) | BigInt(refused.zxid)) as SessionId,
      identities: [],
    };
    const txns = [
      refused,
      bench.prepare(ephemeral("/e"), ghost),
      bench.prepare(create("/a")),
      bench.prepare({ kind: "multi", ops: [remove("/a"), create("/b", data)] }),
      bench.prepare(create("/a/x")),
      bench.prepare(create("/b/x")),
      bench.prepare(create("/a/s", null, 2)),
    ];
    expect(txns.map((txn) => codeOf(bench.apply(txn).outcome))).toEqual([
      "BAD_ARGUMENTS",
      "SESSION_EXPIRED",
      "OK",
      "BAD_ARGUMENTS",
      "OK",
      "NO_NODE",
      "OK",
    ]);
    expect(bench.children("/a")).toEqual(["x", "s0000000001"]);
  });

  it("takes 1 MiB of data by default", () => {
    const bench = new CoreBench();
    expect(bench.code(create("/a", new Uint8Array(2 ** 20)))).toBe("OK");
    expect(bench.code(create("/b", new Uint8Array(2 ** 22)))).toBe("BAD_ARGUMENTS");
  });

  it("lets prepared bytes stand, whatever is prepared after them", () => {
    const bench = new CoreBench();
    const txns = Array.from({ length: 300 }, (_, i) => {
      const txn = bench.prepare(create(`/n${i}`, new Uint8Array(i % 7 === 0 ? 200_000 : i).fill(i)));
      return { txn, copy: txn.bytes.slice() };
    });
    expect(txns.filter(({ txn, copy }) => Buffer.compare(txn.bytes, copy) !== 0)).toEqual([]);
    expect(txns.map(({ txn }) => codeOf(bench.apply(txn).outcome))).toEqual(txns.map(() => "OK"));
  });
});

describe("treeSizeMaxBytes", () => {
  it("refuses what adds to the tree, and nothing else", () => {
    const bench = new CoreBench({ limits: { treeSizeMaxBytes: 3 * 2 ** 20 } });
    const session = bench.openSession();
    const large = new Uint8Array(500_000);
    let count = 0;
    while (bench.code(create(`/n${count}`, large)) === "OK") count += 1;
    expect(count).toBeGreaterThan(2);
    expect(count).toBeLessThan(8);
    expect(bench.code(create("/small"))).toBe("QUOTA_EXCEEDED");
    expect(bench.code(ephemeral("/e"), session)).toBe("QUOTA_EXCEEDED");
    expect(bench.code({ kind: "multi", ops: [remove("/n0"), create("/n0")] })).toBe("QUOTA_EXCEEDED");
    expect(bench.code(setData("/n0", new Uint8Array(500_001)))).toBe("QUOTA_EXCEEDED");
    expect(bench.code(setData("/n0", new Uint8Array(500_000).fill(1)))).toBe("OK");
    expect(
      bench.code({ kind: "setACL", path: "/n0", acl: [{ perms: 31, scheme: "ip", id: "::1" }], version: -1 }),
    ).toBe("OK");
    expect(bench.closeSession(session).outcome.kind).toBe("closeSession");
    expect(bench.code(setData("/n1", null))).toBe("OK");
    expect(bench.code(remove("/n2"))).toBe("OK");
    expect(bench.code(create("/small"))).toBe("OK");
  });
});

describe("the pages of the tree", () => {
  afterEach(() => vi.restoreAllMocks());

  // 65,534 znodes of 64 KiB, four of twelve GiB, made every peer fail an assertion in `apply`, for ever.
  it("refuse to become too many while znodes can still be moved and deleted", () => {
    const bench = new CoreBench();
    bench.commit(create("/a", new Uint8Array(70_000)));
    const pagesLeft = vi.spyOn(ZnodeTree.prototype, "pagesLeft", "get");
    const codes = (left: number): readonly string[] => {
      pagesLeft.mockReturnValue(left);
      const requests = [
        create("/b", new Uint8Array(70_000)),
        setData("/a", new Uint8Array(80_000)),
        setData("/a", new Uint8Array(5)),
        remove("/a"),
      ];
      return requests.map((request) => {
        const code = codeOf(bench.apply(bench.prepare({ kind: "multi", ops: [request, remove("/missing")] })).outcome);
        return code === "NO_NODE" ? "OK" : code;
      });
    };
    expect(codes(8192)).toEqual(["OK", "OK", "OK", "OK"]);
    expect(codes(8191)).toEqual(["QUOTA_EXCEEDED", "QUOTA_EXCEEDED", "OK", "OK"]);
    expect(codes(4095)).toEqual(["QUOTA_EXCEEDED", "QUOTA_EXCEEDED", "QUOTA_EXCEEDED", "OK"]);
  });
});

describe("aclsSizeMaxBytes", () => {
  // ACLs are no part of the tree's buffers: some hundred megabytes of requests filled the heap of every peer.
  it("refuses one ACL more, and takes those in use, until one is gone", () => {
    const bench = new CoreBench({ limits: { aclsSizeMaxBytes: 2000 } });
    const aclOf = (id: string): Acl[] => [{ perms: 31, scheme: "x509", id: id.repeat(200) }];
    const asker = bench.openSession([{ scheme: "super", id: "" }]);
    const withAcl = (path: string, id: string): string => bench.code({ ...create(path), acl: aclOf(id) }, asker);
    const setAcl = (path: string, id: string): string =>
      bench.code({ kind: "setACL", path, acl: aclOf(id), version: -1 }, asker);
    expect([withAcl("/a", "a"), withAcl("/b", "b"), withAcl("/c", "b")]).toEqual(["OK", "OK", "OK"]);
    expect([withAcl("/d", "d"), setAcl("/a", "d")]).toEqual(["QUOTA_EXCEEDED", "QUOTA_EXCEEDED"]);
    expect([withAcl("/d", "a"), setAcl("/d", "b"), bench.code(create("/e"))]).toEqual(["OK", "OK", "OK"]);
    const copy = new CoreBench({}, restored(bench.machine, { limits: { aclsSizeMaxBytes: 2000 } }));
    expect(copy.code({ ...create("/f"), acl: aclOf("f") })).toBe("QUOTA_EXCEEDED");
    expect([setAcl("/a", "b"), setAcl("/a", "d"), withAcl("/f", "f")]).toEqual(["OK", "OK", "QUOTA_EXCEEDED"]);
  });
});

describe("watchesPerWatcherMax", () => {
  it("refuses one watch more, by whatever way, until one is gone", () => {
    const bench = new CoreBench({ limits: { watchesPerWatcherMax: 4 } });
    const { machine } = bench;
    for (const path of ["/a", "/b", "/c"]) bench.commit(create(path));
    const watcher = machine.openWatcher([]);
    const other = machine.openWatcher([]);
    const watch = (path: string, kind: "getData" | "exists" | "getChildren" = "exists"): string => {
      const answer = bench.read({ kind, path, watch: true }, { watcher });
      return answer.kind === "error" ? answer.code : "OK";
    };
    expect([watch("/a"), watch("/b", "getData"), watch("/missing"), watch("/c", "getChildren")]).toEqual([
      "OK",
      "OK",
      "NO_NODE",
      "OK",
    ]);
    for (const kind of ["getData", "exists", "getChildren"] as const) expect(watch("/c", kind)).toBe("BAD_ARGUMENTS");
    const addWatch = (mode: number): string | null =>
      machine.answerWatchRequest({ kind: "addWatch", path: "/d", mode }, watcher).error;
    expect([addWatch(0), addWatch(1)]).toEqual(["BAD_ARGUMENTS", "BAD_ARGUMENTS"]);
    const setWatches = machine.answerWatchRequest(
      { kind: "setWatches", relativeZxid: 2 ** 50, dataWatches: ["/c"], existWatches: [], childWatches: [] },
      watcher,
    );
    expect(setWatches).toEqual({ error: "BAD_ARGUMENTS", events: [] });
    // Without a watch the read goes on, and others have room of their own.
    expect(bench.read({ kind: "exists", path: "/c", watch: false }, { watcher }).kind).toBe("exists");
    expect(bench.read({ kind: "exists", path: "/c", watch: true }, { watcher: other }).kind).toBe("exists");
    bench.commit(setData("/a", null));
    expect(watch("/a")).toBe("OK");
    expect(watch("/b2")).toBe("BAD_ARGUMENTS");
  });
});

describe("watchesSizePerWatcherMaxBytes", () => {
  // 100,000 watches on texts of a mebibyte would have been 100 GiB.
  it("refuses a path more, by whatever way, until one is gone", () => {
    const bench = new CoreBench({ limits: { watchesSizePerWatcherMaxBytes: 4000 } });
    const { machine } = bench;
    for (const name of ["a", "b"]) bench.commit(create(`/${name.repeat(499)}`));
    const watcher = machine.openWatcher([]);
    const watch = (path: string, kind: "getData" | "exists" | "getChildren" = "exists"): string => {
      const answer = bench.read({ kind, path, watch: true }, { watcher });
      return answer.kind === "error" ? answer.code : "OK";
    };
    const addWatch = (path: string, mode: number): string | null =>
      machine.answerWatchRequest({ kind: "addWatch", path, mode }, watcher).error;
    const [first, second] = ["a", "b"].map((name) => `/${name.repeat(499)}`) as [string, string];
    expect([watch(first, "getData"), watch(second, "getChildren")]).toEqual(["OK", "OK"]);
    expect(addWatch("/".repeat(501), 0)).toBe("BAD_ARGUMENTS");
    expect(addWatch("/".repeat(1001), 1)).toBe("BAD_ARGUMENTS");
    expect(addWatch("/".repeat(499), 0)).toBe(null);
    for (const kind of ["getData", "exists", "getChildren"] as const) expect(watch(first, kind)).toBe("BAD_ARGUMENTS");
    const none = { relativeZxid: 2 ** 50, dataWatches: [], existWatches: [], childWatches: [], persistentWatches: [] };
    for (const list of ["dataWatches", "existWatches", "childWatches", "persistentWatches"]) {
      const request = { ...none, kind: "setWatches2" as const, persistentRecursiveWatches: [], [list]: ["///"] };
      expect([list, machine.answerWatchRequest(request, watcher).error]).toEqual([list, "BAD_ARGUMENTS"]);
    }
    bench.commit(setData(first, null));
    expect([watch("/".repeat(500)), watch("///"), watch("//")]).toEqual(["NO_NODE", "BAD_ARGUMENTS", "NO_NODE"]);
    machine.answerWatchRequest({ kind: "removeWatches", path: "//", watcherType: 3 }, watcher);
    expect(watch("//")).toBe("NO_NODE");
  });
});

describe("numbers that no wire carries", () => {
  it("are refused, not thrown at", () => {
    const bench = new CoreBench();
    const ttl = (ttlMs: number): string =>
      bench.code({ kind: "createTTL", path: "/t", data: null, acl: create("/t").acl, flags: 5, ttlMs });
    for (const ttlMs of [1.5, Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 2 ** 40])
      expect(ttl(ttlMs)).toBe("BAD_ARGUMENTS");
    expect(ttl(2 ** 40 - 1)).toBe("OK");
    expect(bench.code(create("/u", null, 0.5))).toBe("BAD_ARGUMENTS");
    expect(bench.code(remove("/t", 0.5))).toBe("BAD_VERSION");
  });
});
