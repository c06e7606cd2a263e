import { describe, expect, it } from "vitest";
import type { AuthId } from "../../packages/core/src/index.ts";
import type { Acl } from "../../packages/protocol/src/index.ts";
import { bytesOf, CoreBench, create, setData } from "./core-kit.ts";

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
