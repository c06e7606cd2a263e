import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChroot } from "../src/path/chroot.ts";

const name = fc
  .string({ unit: fc.constantFrom("a", "b", ".", "-", "é", " ", "0"), minLength: 1, maxLength: 4 })
  .filter((text) => text !== "." && text !== "..");
const names = fc.array(name, { maxLength: 4 });
const path = names.map((all) => `/${all.join("/")}`);
const prefix = fc.array(name, { minLength: 1, maxLength: 3 }).map((all) => `/${all.join("/")}`);
/** Any text over what paths are made of, and more. */
const text = fc.string({ unit: fc.constantFrom("/", ".", "a", "\0", "\ud800", "\ue000", "~"), maxLength: 8 });

describe("the chroot", () => {
  it("is gone again from every path that it was put before", () => {
    fc.assert(
      fc.property(prefix, path, (chroot, own) => {
        const { toFull, toOwn } = bound(chroot);
        expect(toOwn(toFull(own))).toBe(own);
      }),
    );
  });

  it("keeps different paths different", () => {
    fc.assert(
      fc.property(prefix, path, path, (chroot, one, other) => {
        const { toFull } = bound(chroot);
        expect(toFull(one) === toFull(other)).toBe(one === other);
      }),
    );
  });

  it("never leads outside, whatever it is given", () => {
    const any = fc.oneof(path, text);
    fc.assert(
      fc.property(prefix, any, (chroot, own) => {
        const { toFull, toFullSequential, toFullDeletable } = bound(chroot);
        const inside = (full: string): boolean => full === chroot || full.startsWith(`${chroot}/`);
        // The number is part of the name: "/.." with one is a name like any other.
        const numbered = (given: string): string => `${toFullSequential(given)}0000000007`;
        for (const map of [toFull, numbered, toFullDeletable]) {
          const full = attempt(() => map(own));
          if (full !== null) expect(inside(full) && !/\/\.{1,2}(\/|$)/.test(full)).toBe(true);
        }
      }),
    );
  });

  it("has a sequential znode as a child of the path's own parent", () => {
    fc.assert(
      fc.property(prefix, path, (chroot, own) => {
        const { toFullSequential, toOwn } = bound(chroot);
        expect(toOwn(`${toFullSequential(own)}0000000007`)).toBe(`${own}0000000007`);
      }),
    );
  });

  it("hides what is not below it", () => {
    fc.assert(
      fc.property(prefix, path, (chroot, full) => {
        const isInside = full === chroot || full.startsWith(`${chroot}/`);
        expect(bound(chroot).toOwn(full) === null).toBe(!isInside);
      }),
    );
    expect(bound("/app").toOwn("/apple")).toBeNull();
    expect(bound("/app").toOwn("/")).toBeNull();
  });

  it("is nothing where there is none", () => {
    for (const none of [undefined, "", "/"]) {
      const chroot = createChroot(none);
      expect([chroot.prefix, chroot.toFull("/"), chroot.toFull("/a"), chroot.toOwn("/a")]).toEqual([
        "",
        "/",
        "/a",
        "/a",
      ]);
    }
  });
});

interface Maps {
  readonly toFull: (own: string) => string;
  readonly toFullSequential: (own: string) => string;
  readonly toFullDeletable: (own: string) => string;
  readonly toOwn: (full: string) => string | null;
}

function bound(at: string): Maps {
  const chroot = createChroot(at);
  return {
    toFull: (own) => chroot.toFull(own),
    toFullSequential: (own) => chroot.toFullSequential(own),
    toFullDeletable: (own) => chroot.toFullDeletable(own),
    toOwn: (full) => chroot.toOwn(full),
  };
}

function attempt(make: () => string): string | null {
  try {
    return make();
  } catch (error) {
    expect(error).toMatchObject({ code: "BAD_ARGUMENTS" });
    return null;
  }
}
