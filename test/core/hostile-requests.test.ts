import { describe, expect, it } from "vitest";
import type { AuthId } from "../../packages/core/src/index.ts";
import type { Acl } from "../../packages/protocol/src/index.ts";
import { bytesOf, CoreBench, create, remove, setData } from "./core-kit.ts";

// Goal: what one client may send, a frame of a mebibyte, costs no peer more than a moment or more memory than it has.

/** Above what a slow, busy machine needs, and far below what the attack took: each took seconds, or took everything. */
const MOMENT_MS = 1500;

function timed<Result>(run: () => Result): Result {
  const start = performance.now();
  const result = run();
  expect(performance.now() - start).toBeLessThan(MOMENT_MS);
  return result;
}

function aclOf(count: number, entryAt: (index: number) => Acl): readonly Acl[] {
  return Array.from({ length: count }, (_, index) => entryAt(index));
}

describe("ACLs of many entries", () => {
  const LAST: Acl = { perms: 31, scheme: "world", id: "anyone" };
  const asker: readonly AuthId[] = [
    { scheme: "ip", id: "9.9.9.9" },
    { scheme: "x509", id: "CN=nobody" },
  ];

  it("are refused above aclEntriesMax, and before anybody compares them: it took seconds", () => {
    const bench = new CoreBench();
    const entries = (count: number): readonly Acl[] => aclOf(count, (perms) => ({ perms, scheme: "x509", id: "" }));
    expect(timed(() => bench.code({ ...create("/a"), acl: entries(60_000) }))).toBe("INVALID_ACL");
    expect(bench.code({ ...create("/a"), acl: entries(1001) })).toBe("INVALID_ACL");
    expect(bench.code({ ...create("/a"), acl: entries(1000) })).toBe("OK");
    expect(bench.code({ kind: "setACL", path: "/a", acl: entries(1001), version: -1 })).toBe("INVALID_ACL");
  });

  it("are counted as they are stored, with each identity that `auth` stands for", () => {
    const bench = new CoreBench({ limits: { aclEntriesMax: 4 } });
    const identities = ["a", "b", "c"].map((id) => ({ scheme: "x509", id }));
    const session = bench.openSession(identities);
    const auth = (perms: number): Acl => ({ perms, scheme: "auth", id: "" });
    expect(bench.code({ ...create("/a"), acl: [auth(1), auth(1)] }, session)).toBe("OK");
    expect(bench.code({ ...create("/b"), acl: [auth(1), auth(2)] }, session)).toBe("INVALID_ACL");
  });

  it.each([
    ["x509", (index: number): Acl => ({ perms: 31, scheme: "x509", id: `CN=${index}` })],
    ["ip", (index: number): Acl => ({ perms: 31, scheme: "ip", id: `fe80::${index.toString(16)}:1.2.3.4/127` })],
    ["ip", (index: number): Acl => ({ perms: 31, scheme: "ip", id: `1.2.${index >> 8}.${index & 255}/31` })],
  ])("of scheme %s are read once a multi, not once an operation", (_, entryAt) => {
    const bench = new CoreBench();
    bench.commit({ ...create("/a"), acl: [...aclOf(999, entryAt), LAST] });
    const ops = Array.from({ length: 20_000 }, () => ({ kind: "check" as const, path: "/a", version: -1 }));
    const identities = [...asker, { scheme: "ip", id: "fe80:0::1" }];
    const session = bench.openSession(identities);
    expect(timed(() => bench.code({ kind: "multi", ops }, session))).toBe("OK");
    const reads = ops.map(({ path }) => ({ kind: "getData" as const, path, watch: false }));
    expect(timed(() => bench.read({ kind: "multiRead", ops: reads }, session)).kind).toBe("multiRead");
  });

  it("are read anew for each request and after each change inside one", () => {
    const bench = new CoreBench();
    const alice = bench.openSession([{ scheme: "x509", id: "alice" }]);
    const bob = bench.openSession([{ scheme: "x509", id: "bob" }]);
    bench.commit({ ...create("/a"), acl: [{ perms: 31, scheme: "x509", id: "alice" }] });
    const multi = { kind: "multi" as const, ops: [setData("/a", null), setData("/a", bytesOf("x"))] };
    expect([bench.code(multi, alice), bench.code(multi, bob)]).toEqual(["OK", "NO_AUTH"]);
    bench.commit({ kind: "setACL", path: "/a", acl: [{ perms: 31, scheme: "x509", id: "bob" }], version: -1 }, alice);
    expect([bench.code(multi, alice), bench.code(multi, bob)]).toEqual(["NO_AUTH", "OK"]);
  });
});

describe("a multiRead", () => {
  // A frame of 65,000 reads of 10,000 names each took all memory there is.
  it("answers as much as multiReadSizeMaxBytes and refuses the rest", () => {
    const bench = new CoreBench({ limits: { multiReadSizeMaxBytes: 100 } });
    bench.commit(create("/a", new Uint8Array(60)));
    for (const name of ["1", "2", "3"]) bench.commit(create(`/a/${name.repeat(6)}`));
    const data = { kind: "getData" as const, path: "/a", watch: false };
    const names = { kind: "getChildren" as const, path: "/a", watch: false };
    const missing = { ...data, path: "/b" };
    const read = (...ops: readonly (typeof data | typeof names)[]): readonly string[] => {
      const answer = bench.read({ kind: "multiRead", ops });
      if (answer.kind !== "multiRead") return [answer.kind];
      return answer.results.map((result) => (result.kind === "error" ? String(result.err) : result.kind));
    };
    expect(read(data, names, missing, names, data)).toEqual(["getData", "getChildren", "-101", "getChildren", "-8"]);
    expect(read(data, data, missing)).toEqual(["getData", "getData", "-8"]);
    expect(read(names, missing)).toEqual(["getChildren", "-101"]);
  });

  it("of one large znode over and over takes a moment", () => {
    const bench = new CoreBench();
    bench.commit(create("/p"));
    for (let i = 0; i < 5000; i++) bench.commit(create("/p/n-", null, 2));
    const ops = Array.from({ length: 60_000 }, () => ({ kind: "getChildren" as const, path: "/p", watch: false }));
    const answer = timed(() => bench.read({ kind: "multiRead", ops }));
    expect(answer.kind === "multiRead" && answer.results.length).toBe(60_000);
  });
});

describe("a multi", () => {
  it("of as many deletes as a frame holds is no larger than txnSizeMaxBytes", () => {
    const bench = new CoreBench();
    const ops = Array.from({ length: 2 ** 20 / 27 }, (_, i) => remove(`/a/${String(i).padStart(5, "0")}`));
    expect(bench.code({ kind: "multi", ops })).toBe("NO_NODE");
  });
});
