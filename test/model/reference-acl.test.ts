import { describe, expect, it } from "vitest";
import type { AclEntry, AuthId, Command } from "./command.ts";
import { ALICE, BOB } from "./generator-pools.ts";
import { isAllowed, maskAcl, normaliseAcl } from "./reference-acl.ts";
import { acl, create, createBench, errorOf, LOCAL, ROOT } from "./test-kit.ts";

const SCHEMES = ["digest", "ip", "x509", "sasl"];

function isReadable(entries: AclEntry[], ...auth: AuthId[]): boolean {
  return isAllowed(entries, 1, auth);
}

describe("the digest identities", () => {
  it("are user:base64(sha1(user:password)) [L]", () => {
    expect(BOB.identity).toEqual({ scheme: "digest", id: "bob:ikIaKsbtGweaHnb/jKn7OHqbunM=" });
  });
});

describe("the check rule (client-protocol 8.1)", () => {
  it("wants an entry with one of the bits for the world or an own identity", () => {
    expect(isReadable(acl([1, "world", "anyone"]))).toBe(true);
    expect(isReadable(acl([30, "world", "anyone"]))).toBe(false);
    expect(isReadable(acl([-1, "world", "anyone"]))).toBe(true);
    expect(isReadable(acl([31, "digest", ALICE.identity.id]), LOCAL, ALICE.identity)).toBe(true);
    expect(isReadable(acl([31, "digest", ALICE.identity.id]), LOCAL, BOB.identity)).toBe(false);
    expect(isReadable(acl([31, "x509", "CN=a"]), { scheme: "digest", id: "CN=a" })).toBe(false);
  });

  it("lets super pass and takes an empty list as open", () => {
    expect(isReadable(acl([0, "world", "anyone"]), ROOT)).toBe(true);
    expect(isReadable([])).toBe(true);
  });

  it.each([
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["10.0.0.0/8", "10.255.1.2", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.1.2.3/0", "200.1.1.1", true],
    ["10.1.2.4/30", "10.1.2.7", true],
    ["10.1.2.4/30", "10.1.2.8", false],
    ["fe80::/10", "febf:0:0:0:0:0:0:1", true],
    ["fe80::/10", "fec0:0:0:0:0:0:0:1", false],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["0.0.0.0/0", "::1", false],
  ])("ip pattern %s against %s: %s", (pattern, id, matches) => {
    expect(isReadable(acl([1, "ip", pattern]), { scheme: "ip", id })).toBe(matches);
  });
});

describe("ACL normalisation (client-protocol 8.2)", () => {
  it.each([
    ["world", "anyone", true],
    ["world", "someone", false],
    ["nonesuch", "x", false],
    ["__proto__", "x", false],
    ["super", "", false],
    ["digest", "a:b", true],
    ["digest", "ab", false],
    ["digest", "a:b:c", false],
    ["ip", "1.2.3.4", true],
    ["ip", "1.2.3.4/32", true],
    ["ip", "1.2.3.4/33", false],
    ["ip", "1.2.3.4/", false],
    ["ip", "1.2.3.4/-1", false],
    ["ip", "1.2.3", false],
    ["ip", "1.2.3.256", false],
    ["ip", "host", false],
    ["ip", "::1/128", true],
    ["ip", "::1/129", false],
    ["ip", "1::2::3", false],
    ["ip", "1:2:3:4:5:6:7", false],
    ["ip", "1:2:3:4:5:6:7:8", true],
    ["ip", "12345::", false],
    ["x509", "CN=a", true],
  ])("%s:%s valid: %s", (scheme, id, isValid) => {
    expect(normaliseAcl(acl([0, scheme, id]), [], SCHEMES) !== undefined).toBe(isValid);
  });

  it("drops duplicates, then expands auth to what counts as authenticated", () => {
    const auth = [LOCAL, ALICE.identity, BOB.identity, ROOT, { scheme: "x509", id: "CN=a" }];
    const given = acl([31, "world", "anyone"], [31, "world", "anyone"], [1, "world", "anyone"], [3, "auth", "any"]);
    expect(normaliseAcl(given, auth, SCHEMES)).toEqual(
      acl(
        [31, "world", "anyone"],
        [1, "world", "anyone"],
        [3, "digest", ALICE.identity.id],
        [3, "digest", BOB.identity.id],
        [3, "x509", "CN=a"],
      ),
    );
    const twice = acl([31, "digest", ALICE.identity.id], [31, "auth", ""]);
    expect(normaliseAcl(twice, [ALICE.identity], SCHEMES)).toEqual([twice[0], twice[0]]);
  });

  it("refuses empty and null lists, schemes not enabled, and auth without an authenticated identity", () => {
    expect([[], null].map((list) => normaliseAcl(list, [], SCHEMES))).toEqual([undefined, undefined]);
    expect(normaliseAcl(acl([31, "auth", ""]), [LOCAL, ROOT], SCHEMES)).toBe(undefined);
    expect(normaliseAcl(acl([31, "x509", "CN=a"]), [], ["digest", "ip"])).toBe(undefined);
  });
});

describe("getACL (client-protocol 8.1)", () => {
  const bench = createBench();
  const entries = acl([17, "digest", ALICE.identity.id], [1, "digest", BOB.identity.id], [4, "world", "anyone"]);
  bench.ask(create("/a", 0, { acl: entries }));
  const getAcl: Command = { kind: "getAcl", session: 0, path: "/a" };

  it("shows all to who has ADMIN, masks the digests for who has only READ, refuses others", () => {
    expect(bench.run(getAcl).reply).toMatchObject({ ok: true, acl: entries, stat: { aversion: 0 } });
    expect(bench.run({ ...getAcl, session: 1 }).reply).toMatchObject({
      ok: true,
      acl: acl([17, "digest", "alice:x"], [1, "digest", "bob:x"], [4, "world", "anyone"]),
    });
    bench.run({ kind: "reconnect", session: 1, auth: [LOCAL] });
    expect(errorOf(bench.run({ ...getAcl, session: 1 }).reply)).toBe("NO_AUTH");
    expect(errorOf(bench.run({ ...getAcl, path: "/missing" }).reply)).toBe("NO_NODE");
  });

  it("is satisfied with ADMIN alone", () => {
    bench.ask(create("/admin", 0, { acl: acl([16, "auth", ""]) }));
    expect(bench.run({ ...getAcl, path: "/admin" }).reply).toMatchObject({
      ok: true,
      acl: acl([16, "digest", ALICE.identity.id]),
    });
  });

  it("masks no other scheme", () => {
    const kept = acl([1, "ip", "::1"], [1, "x509", "CN=a:b"]);
    expect(maskAcl(kept)).toEqual(kept);
  });
});
