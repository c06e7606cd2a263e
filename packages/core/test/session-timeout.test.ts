import { CoterieError } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createSessionTimeoutBounds,
  isSessionTimeout,
  negotiateTimeout,
  SESSION_TIMEOUT_MAX_MS,
} from "../src/index.ts";

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof CoterieError) return error.code;
    throw error;
  }
  return undefined;
}

describe("SE-13: the timeout of a session", () => {
  const bounds = createSessionTimeoutBounds(2_000);

  it("is between 2 and 20 ticks by default", () => {
    expect(bounds).toEqual({ minMs: 4_000, maxMs: 40_000 });
  });

  it.each([
    [0, 4_000],
    [-1, 4_000],
    [-(2 ** 31), 4_000],
    [Number.NaN, 4_000],
    [-Infinity, 4_000],
    [3_999, 4_000],
    [4_000, 4_000],
    [4_001, 4_001],
    [4_001.9, 4_001],
    [39_999, 39_999],
    [40_000, 40_000],
    [40_001, 40_000],
    [2 ** 31 - 1, 40_000],
    [2 ** 60, 40_000],
    [Infinity, 40_000],
  ])("asked for %f it is %d", (requestedMs, grantedMs) => {
    expect(negotiateTimeout(requestedMs, bounds)).toBe(grantedMs);
  });

  it("is an integer within the bounds, the one that was asked for if that is", () => {
    const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.double({ min: 1, max: 100_000 }));
    const anyTick = fc.integer({ min: 1, max: 2 ** 30 - 1 });
    fc.assert(
      fc.property(anyNumber, anyTick, (requestedMs, tickMs) => {
        const { minMs, maxMs } = createSessionTimeoutBounds(tickMs);
        const grantedMs = negotiateTimeout(requestedMs, { minMs, maxMs });
        expect(isSessionTimeout(grantedMs)).toBe(true);
        expect(grantedMs).toBeGreaterThanOrEqual(minMs);
        expect(grantedMs).toBeLessThanOrEqual(maxMs);
        if (requestedMs >= minMs && requestedMs <= maxMs) expect(grantedMs).toBe(Math.floor(requestedMs));
      }),
    );
  });
});

describe("the bounds", () => {
  it("are configured one by one", () => {
    expect(createSessionTimeoutBounds(2_000, { minMs: 100 })).toEqual({ minMs: 100, maxMs: 40_000 });
    expect(createSessionTimeoutBounds(2_000, { maxMs: 4_000 })).toEqual({ minMs: 4_000, maxMs: 4_000 });
  });

  it("never pass what the wire can carry", () => {
    expect(createSessionTimeoutBounds(2 ** 30)).toEqual({
      minMs: SESSION_TIMEOUT_MAX_MS,
      maxMs: SESSION_TIMEOUT_MAX_MS,
    });
  });

  it.each([
    [0, {}],
    [1.5, {}],
    [Number.NaN, {}],
    [2_000, { minMs: 0 }],
    [2_000, { minMs: 50_000 }],
    [2_000, { maxMs: 3_999 }],
    [2_000, { maxMs: 2 ** 31 }],
  ])("of a tick of %d ms and %j are refused", (tickMs, partial) => {
    expect(codeOf(() => createSessionTimeoutBounds(tickMs, partial))).toBe("BAD_ARGUMENTS");
  });
});
