import { describe, expect, it } from "vitest";
import { openSessionCommand, OPEN_ACL } from "./generator-pools.ts";
import { aclDigest, bytesDigest, mixWords, nodeDigest, pathDigest } from "./reference-digest.ts";
import { createReferenceTree } from "./reference-tree.ts";
import { bytes, create } from "./test-kit.ts";

// All expected values were worked out with arbitrary-precision integers in another language.
describe("the state digest", () => {
  it("mixes words", () => {
    expect(mixWords([])).toEqual({ a: 327721211, b: -304000482 });
    expect(mixWords([1])).toEqual({ a: 549628598, b: 1449260963 });
    expect(mixWords([-1])).toEqual({ a: -134125310, b: 301501953 });
    expect(mixWords([1, 2, 3])).toEqual({ a: -80843438, b: -353011084 });
  });

  it("digests paths, bytes and ACLs", () => {
    const paths = ["/", "/a", "/zookeeper/quota", "/\uf900"];
    expect(paths.map(pathDigest)).toEqual([0, -53673820, -389562804, -641939421]);
    expect(bytesDigest(null)).toEqual({ a: -134125310, b: 301501953 });
    expect(bytesDigest(new Uint8Array(0))).toEqual({ a: 1549716346, b: 1156164003 });
    expect(bytesDigest(bytes("hello"))).toEqual({ a: -1630922449, b: -233167901 });
    expect([aclDigest([]), aclDigest(OPEN_ACL)]).toEqual([1549716346, 123848804]);
  });

  it("digests 64-bit fields and negative counters of a node", () => {
    const digest = nodeDigest({
      path: "/t",
      data: null,
      acl: OPEN_ACL,
      version: -3,
      cversion: 5,
      aversion: 7,
      ephemeralOwner: BigInt.asIntN(64, 0xff00000000000000n) | 1000n,
      czxid: 2 ** 32,
      mzxid: 2 ** 32 + 5,
      pzxid: 2 ** 32 + 6,
      ctimeMs: 1_700_000_000_123,
      mtimeMs: 1_700_000_000_124,
    });
    expect(digest).toEqual({ a: -523462049, b: 1010759624 });
  });

  it("sums nodes and sessions", () => {
    const tree = createReferenceTree();
    expect(tree.digest()).toBe("c425b2d45219fab0");
    tree.run(openSessionCommand(0), { zxid: 2 ** 32 + 1, timeMs: 1_700_000_000_000 });
    const command = { ...create("/e", 1, { data: bytes("hello") }), session: 0 };
    tree.run(command, { zxid: 2 ** 32 + 2, timeMs: 1_700_000_000_123 });
    expect(tree.digest()).toBe("f0ed05875a9327be");
  });

  it("tells apart what differs by one field, and not what only watches differ in", () => {
    const tree = createReferenceTree();
    const before = tree.digest();
    tree.poke("/", { cversion: 1 });
    const poked = tree.digest();
    expect(poked).not.toBe(before);
    tree.poke("/", { cversion: 0 });
    expect(tree.digest()).toBe(before);
    tree.run(openSessionCommand(0), { zxid: 1, timeMs: 0 });
    const opened = tree.digest();
    tree.run({ kind: "addWatch", session: 0, path: "/", mode: 0 }, { zxid: 2, timeMs: 0 });
    expect(tree.digest()).toBe(opened);
    tree.run({ kind: "closeSession", session: 0 }, { zxid: 2, timeMs: 0 });
    expect(tree.digest()).toBe(before);
  });
});
