import { type Acl, type AclSpec, PERMISSIONS } from "@coterie/protocol";
import { AssertionError } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AclTable, OPEN_ACL } from "../src/acl/acl-table.ts";
import type { AuthId } from "../src/acl/auth-id.ts";
import { maskAcl } from "../src/acl/mask-acl.ts";
import { normalizeAcl } from "../src/acl/normalize-acl.ts";
import { isPermitted } from "../src/acl/permissions.ts";

const LOCAL: AuthId = { scheme: "ip", id: "127.0.0.1" };
const ALICE: AuthId = { scheme: "digest", id: "alice:h1" };
const BOB: AuthId = { scheme: "digest", id: "bob:h2" };
const CAROL: AuthId = { scheme: "x509", id: "CN=carol" };
const SUPER: AuthId = { scheme: "super", id: "" };

function acl(...entries: readonly (readonly [perms: number, scheme: string, id: string])[]): Acl[] {
  return entries.map(([perms, scheme, id]) => ({ perms, scheme, id }));
}

describe("normalising an ACL", () => {
  it("keeps what is valid, in its order", () => {
    const asked = acl(
      [1, "ip", "10.0.0.0/8"],
      [31, "digest", "a:b"],
      [0, "world", "anyone"],
      [-1, "x509", "CN=x"],
      [2, "sasl", ""],
    );
    expect(normalizeAcl(asked, [])).toEqual(asked);
  });

  it("gives every open list the one shared object", () => {
    expect(normalizeAcl(acl([31, "world", "anyone"]), [])).toBe(OPEN_ACL);
  });

  it("drops entries that repeat one before", () => {
    const twice = acl(
      [31, "world", "anyone"],
      [1, "ip", "::1"],
      [31, "world", "anyone"],
      [1, "ip", "::1"],
      [2, "ip", "::1"],
    );
    expect(normalizeAcl(twice, [])).toEqual(acl([31, "world", "anyone"], [1, "ip", "::1"], [2, "ip", "::1"]));
  });

  it("puts the authenticated identities in the place of auth, with its permissions", () => {
    const asked = acl([1, "world", "anyone"], [30, "auth", "whatever"]);
    expect(normalizeAcl(asked, [LOCAL, ALICE, SUPER, CAROL])).toEqual(
      acl([1, "world", "anyone"], [30, "digest", "alice:h1"], [30, "x509", "CN=carol"]),
    );
    const nullId: AclSpec[] = [{ perms: 31, scheme: "auth", id: null }];
    expect(normalizeAcl(nullId, [BOB])).toEqual(acl([31, "digest", "bob:h2"]));
  });

  it.each<[string, AclSpec[] | null, string]>([
    ["null", null, "INVALID_ACL"],
    ["empty", [], "INVALID_ACL"],
    ["auth without an authenticated identity", acl([31, "auth", ""]), "INVALID_ACL"],
    ["an unknown scheme", acl([31, "nonesuch", "x"]), "INVALID_ACL"],
    ["a name of Object.prototype as scheme", acl([31, "__proto__", "x"], [31, "toString", "x"]), "INVALID_ACL"],
    ["super", acl([31, "super", ""]), "INVALID_ACL"],
    ["world of someone", acl([31, "world", "someone"]), "INVALID_ACL"],
    ["world of null", [{ perms: 31, scheme: "world", id: null }], "MARSHALLING_ERROR"],
    ["digest of null", [{ perms: 31, scheme: "digest", id: null }], "INVALID_ACL"],
    ["digest without a colon", acl([31, "digest", "alice"]), "INVALID_ACL"],
    ["digest with two colons", acl([31, "digest", "a:b:c"]), "INVALID_ACL"],
    ["a malformed address", acl([31, "ip", "1.2.3"]), "INVALID_ACL"],
    ["one bad entry behind good ones", acl([31, "world", "anyone"], [1, "ip", "x"]), "INVALID_ACL"],
  ])("refuses %s", (_, asked, code) => {
    expect(normalizeAcl(asked, [LOCAL, SUPER])).toBe(code);
  });
});

describe("permissions", () => {
  const list = acl(
    [PERMISSIONS.READ, "world", "anyone"],
    [PERMISSIONS.WRITE, "digest", ALICE.id],
    [12, "ip", "10.0.0.0/8"],
  );

  it("are those of any entry that means the connection", () => {
    expect(isPermitted(list, PERMISSIONS.READ, [])).toBe(true);
    expect(isPermitted(list, PERMISSIONS.WRITE, [BOB, LOCAL])).toBe(false);
    expect(isPermitted(list, PERMISSIONS.WRITE, [LOCAL, ALICE])).toBe(true);
    expect(isPermitted(list, PERMISSIONS.CREATE, [{ scheme: "ip", id: "10.9.8.7" }])).toBe(true);
    expect(isPermitted(list, PERMISSIONS.ADMIN, [ALICE, LOCAL])).toBe(false);
  });

  it("are all there for super, and for everyone where no list is", () => {
    expect(isPermitted(list, PERMISSIONS.ADMIN, [SUPER])).toBe(true);
    expect(isPermitted(acl([0, "world", "anyone"]), PERMISSIONS.READ, [SUPER])).toBe(true);
    expect(isPermitted([], PERMISSIONS.ADMIN, [])).toBe(true);
    expect(isPermitted(OPEN_ACL, PERMISSIONS.ALL, [])).toBe(true);
  });

  it("do not follow from the same id under another scheme, nor from who only claims to be the world", () => {
    expect(isPermitted(acl([31, "x509", ALICE.id]), PERMISSIONS.READ, [ALICE])).toBe(false);
    expect(isPermitted(acl([31, "x509", "anyone"]), PERMISSIONS.READ, [{ scheme: "world", id: "anyone" }])).toBe(false);
    expect(isPermitted(acl([31, "nonesuch", "x"]), PERMISSIONS.READ, [{ scheme: "nonesuch", id: "x" }])).toBe(false);
  });

  it("with several bits wanted are granted by one of them (getACL)", () => {
    expect(isPermitted(acl([PERMISSIONS.ADMIN, "world", "anyone"]), PERMISSIONS.READ | PERMISSIONS.ADMIN, [])).toBe(
      true,
    );
  });

  it("look at all 32 bits of perms", () => {
    expect(isPermitted(acl([-1, "world", "anyone"]), PERMISSIONS.ADMIN, [])).toBe(true);
    expect(isPermitted(acl([-0x80000000, "world", "anyone"]), PERMISSIONS.ALL, [])).toBe(false);
  });
});

describe("masking", () => {
  it("hides what stands behind the first colon of a digest id, and nothing else", () => {
    const list = acl(
      [31, "digest", "alice:h1"],
      [1, "digest", ":"],
      [1, "x509", "a:b"],
      [1, "ip", "::1"],
      [1, "digest", "none"],
    );
    expect(maskAcl(list)).toEqual(
      acl([31, "digest", "alice:x"], [1, "digest", ":x"], [1, "x509", "a:b"], [1, "ip", "::1"], [1, "digest", "none"]),
    );
    expect(list[0]!.id).toBe("alice:h1");
  });
});

describe("the table of ACLs", () => {
  it("holds equal lists once, for as long as one use is left", () => {
    const table = new AclTable();
    const one = table.acquire(acl([1, "ip", "::1"]));
    expect(table.acquire(acl([1, "ip", "::1"]))).toBe(one);
    expect(table.size).toBe(2);
    table.release(one);
    expect(table.listOf(one)).toEqual(acl([1, "ip", "::1"]));
    table.release(one);
    expect(table.size).toBe(1);
    expect(() => table.release(one)).toThrow(AssertionError);
    expect(table.acquire(acl([2, "ip", "::1"]))).toBe(one);
  });

  it("never lets go of the open list", () => {
    const table = new AclTable();
    const open = table.acquire(acl([31, "world", "anyone"]));
    for (let i = 0; i < 3; i++) table.release(open);
    expect(table.listOf(open)).toBe(OPEN_ACL);
  });

  it("tells lists apart that look alike when their texts are pasted together", () => {
    const text = fc.constantFrom("", "a", "b", "ab", ",", "1,", "a1,1,1:b");
    const entry = fc.record({ perms: fc.constantFrom(1, 11), scheme: text, id: text });
    const lists = fc.array(fc.array(entry, { minLength: 1, maxLength: 2 }), { minLength: 10, maxLength: 20 });
    fc.assert(
      fc.property(lists, (all) => {
        const table = new AclTable();
        const ids = all.map((list) => table.acquire(list));
        for (const [i, list] of all.entries()) {
          expect(table.listOf(ids[i]!)).toEqual(list);
          for (const [j, other] of all.entries()) {
            expect(ids[i] === ids[j]).toBe(JSON.stringify(list) === JSON.stringify(other));
          }
        }
      }),
    );
  });
});
