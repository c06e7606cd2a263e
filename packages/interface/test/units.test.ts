import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  COUNTER_MAX,
  counterOf,
  createSessionId,
  createZxid,
  type Epoch,
  EPOCH_MAX,
  epochOf,
  formatSessionId,
  formatZxid,
  isEpoch,
  isPeerId,
  isZxid,
  PEER_ID_MAX,
  type PeerId,
  SESSION_NONE,
  ZXID_NONE,
} from "../src/index.ts";

const epochs = fc.nat({ max: EPOCH_MAX });
const counters = fc.nat({ max: COUNTER_MAX });
const peerIds = fc.integer({ min: 1, max: PEER_ID_MAX }).map((id) => id as PeerId);

describe("a zxid", () => {
  it("has edges where they belong", () => {
    expect([EPOCH_MAX, COUNTER_MAX]).toEqual([2 ** 21 - 1, 2 ** 32 - 1]);
    expect(createZxid(0, 0)).toBe(ZXID_NONE);
    expect(createZxid(0, COUNTER_MAX)).toBe(2 ** 32 - 1);
    expect(createZxid(1, 0)).toBe(2 ** 32);
    const last = createZxid(EPOCH_MAX, COUNTER_MAX);
    expect(last).toBe(Number.MAX_SAFE_INTEGER);
    expect([epochOf(last), counterOf(last)]).toEqual([EPOCH_MAX, COUNTER_MAX]);
    expect(formatZxid(last)).toBe("0x1fffffffffffff");
    expect(formatZxid(createZxid(1, 10))).toBe("0x10000000a");
  });

  it.each([
    [-1, 0],
    [EPOCH_MAX + 1, 0],
    [0.5, 0],
    [Number.NaN, 0],
    [0, -1],
    [0, COUNTER_MAX + 1],
    [0, 0.5],
    [0, Number.NaN],
  ])("is not made of epoch %d and counter %d", (epoch, counter) => {
    expect(() => createZxid(epoch, counter)).toThrow(RangeError);
  });

  it("gives back what it was made of, and is what 64 bits would be", () => {
    fc.assert(
      fc.property(epochs, counters, (epoch, counter) => {
        const zxid = createZxid(epoch, counter);
        expect([epochOf(zxid), counterOf(zxid)]).toEqual([epoch, counter]);
        expect(BigInt(zxid)).toBe((BigInt(epoch) << 32n) | BigInt(counter));
        expect(BigInt(formatZxid(zxid))).toBe(BigInt(zxid));
        expect(isZxid(zxid)).toBe(true);
      }),
    );
  });

  it("is ordered by epoch, then by counter", () => {
    fc.assert(
      fc.property(epochs, counters, epochs, counters, (epochA, counterA, epochB, counterB) => {
        const expected = Math.sign(epochA - epochB) || Math.sign(counterA - counterB);
        expect(Math.sign(createZxid(epochA, counterA) - createZxid(epochB, counterB))).toBe(expected);
      }),
    );
  });
});

describe("a session id", () => {
  it("has the peer id in its top byte and the zxid below it, signed as on the wire", () => {
    fc.assert(
      fc.property(peerIds, epochs, counters, (peerId, epoch, counter) => {
        const zxid = createZxid(epoch, counter);
        const id = createSessionId(peerId, zxid);
        expect(BigInt.asIntN(64, id)).toBe(id);
        const bits = BigInt.asUintN(64, id);
        expect([bits >> 56n, bits & (2n ** 56n - 1n)]).toEqual([BigInt(peerId), BigInt(zxid)]);
        expect(BigInt(formatSessionId(id))).toBe(bits);
      }),
    );
  });

  it("is negative from peer 128 on, and never looks like a TTL, whose top byte is 255", () => {
    expect(createSessionId(127 as PeerId, createZxid(1, 1))).toBe(0x7f00000100000001n);
    const id = createSessionId(PEER_ID_MAX as PeerId, createZxid(EPOCH_MAX, COUNTER_MAX));
    expect(id).toBe(BigInt.asIntN(64, 0xfe1fffffffffffffn));
    expect(formatSessionId(id)).toBe("0xfe1fffffffffffff");
    expect(formatSessionId(SESSION_NONE)).toBe("0x0");
  });
});

describe("the predicates", () => {
  it("know the edges", () => {
    expect([0, 2 ** 53 - 1].map(isZxid)).toEqual([true, true]);
    expect([-1, 2 ** 53, 0.5, Number.NaN, 1n, "1", null].filter(isZxid)).toEqual([]);
    expect([0, 2 ** 21 - 1].map(isEpoch)).toEqual([true, true]);
    expect([-1, 2 ** 21, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "1"].filter(isEpoch)).toEqual([]);
    expect([1, 254].map(isPeerId)).toEqual([true, true]);
    expect([0, 255, 256, -1, 1.5, "1", undefined].filter(isPeerId)).toEqual([]);
  });

  it("agree with the factory", () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer({ min: -3, max: EPOCH_MAX + 3 })), (value) => {
        const isMade = ((): boolean => {
          try {
            return createZxid(value, 0) >= 0;
          } catch {
            return false;
          }
        })();
        expect(isEpoch(value)).toBe(isMade);
        // Not toBe, which tells -0 from 0: both are the epoch 0.
        if (isEpoch(value)) expect((epochOf(createZxid(value, 1)) satisfies Epoch) === value).toBe(true);
      }),
    );
  });
});
