import { createSessionId, createZxid, type PeerId } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isExpectedVersion, nextVersion, sequenceSuffix } from "../src/prepare/versions.ts";
import {
  isEphemeralOwner,
  isTtlOwner,
  OWNER_CONTAINER,
  OWNER_NONE,
  ownerOfTtl,
  shownOwner,
  ttlOfOwner,
} from "../src/tree/owner.ts";

const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });

describe("versions", () => {
  it("go up by one, wrap as int32 and never become -1", () => {
    expect([0, 5, 0x7ffffffe, 0x7fffffff, -0x80000000, -3, -2, -1].map(nextVersion)).toEqual([
      1, 6, 0x7fffffff, -0x80000000, -0x7fffffff, -2, 0, 0,
    ]);
    fc.assert(fc.property(int32, (version) => ![-1, version].includes(nextVersion(version))));
  });

  it("are as expected when they are equal, or any will do", () => {
    fc.assert(
      fc.property(int32, int32, (expected, current) => {
        expect(isExpectedVersion(current, current)).toBe(true);
        expect(isExpectedVersion(-1, current)).toBe(true);
        if (expected !== -1) expect(isExpectedVersion(expected, current)).toBe(expected === current);
      }),
    );
  });
});

describe("the suffix of a sequential name", () => {
  /** What %010d prints. */
  function printed(value: number): string {
    const digits = BigInt(value).toString().replace("-", "");
    return value < 0 ? `-${digits.padStart(9, "0")}` : digits.padStart(10, "0");
  }

  it("has ten characters, eleven at the end of negative numbers", () => {
    const values = [0, 1, 999_999_999, 0x7fffffff, -1, -999_999_999, -1_000_000_000, -0x80000000];
    expect(values.map(sequenceSuffix)).toEqual([
      "0000000000",
      "0000000001",
      "0999999999",
      "2147483647",
      "-000000001",
      "-999999999",
      "-1000000000",
      "-2147483648",
    ]);
    fc.assert(fc.property(int32, (value) => sequenceSuffix(value) === printed(value)));
  });
});

describe("stored owners", () => {
  const ttls = fc.oneof(
    fc.constantFrom(1, 0xffffffff, 0x100000000, 0xffffffffff),
    fc.integer({ min: 1, max: 0xffffffffff }),
  );
  const sessions = fc
    .tuple(
      fc.integer({ min: 1, max: 254 }),
      fc.integer({ min: 0, max: 2 ** 21 - 1 }),
      fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    )
    .map(([peer, epoch, counter]) => createSessionId(peer as PeerId, createZxid(epoch, counter)));

  it("of a TTL hold it, and no session", () => {
    fc.assert(
      fc.property(ttls, (ttlMs) => {
        const owner = ownerOfTtl(ttlMs);
        expect(owner).toBe(BigInt.asIntN(64, owner));
        expect([isTtlOwner(owner), isEphemeralOwner(owner), shownOwner(owner)]).toEqual([true, false, 0n]);
        expect(ttlOfOwner(owner)).toBe(ttlMs);
      }),
    );
  });

  it("of a session are its id, whichever peer and epoch gave it", () => {
    fc.assert(
      fc.property(sessions, (id) => {
        expect([isTtlOwner(id), isEphemeralOwner(id), shownOwner(id)]).toEqual([false, true, id]);
        expect(id).not.toBe(OWNER_CONTAINER);
      }),
    );
  });

  it("of a container and of a plain znode show nothing", () => {
    for (const owner of [OWNER_CONTAINER, OWNER_NONE]) {
      expect([isTtlOwner(owner), isEphemeralOwner(owner), shownOwner(owner)]).toEqual([false, false, 0n]);
    }
  });
});
