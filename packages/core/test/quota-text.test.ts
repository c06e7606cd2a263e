import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitsPathOf, subtreeOfLimits, subtreeOfUsage, usagePathOf } from "../src/quota/quota-paths.ts";
import { formatUsage, parseQuota } from "../src/quota/quota-text.ts";

const UNSET = { count: -1, bytes: -1, countHardLimit: -1, byteHardLimit: -1 };

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

describe("the text of a quota", () => {
  it.each([
    ["count=5,bytes=10", { count: 5, bytes: 10 }],
    ["count=5,bytes=-1=;byteHardLimit=-1;countHardLimit=-1", { count: 5 }],
    ["count=-1,bytes=-1=;byteHardLimit=7;countHardLimit=3", { byteHardLimit: 7, countHardLimit: 3 }],
    ["countHardLimit=2", { countHardLimit: 2 }],
    ["bytes=+3;count=04", { bytes: 3, count: 4 }],
    ["count=1,count=2", { count: 2 }],
    [",,;count=1;;,", { count: 1 }],
    ["", {}],
    ["count", {}],
    ["count=", {}],
    ["=1", {}],
    ["count=x", {}],
    ["count=1.5", {}],
    ["count=1e3", {}],
    ["count= 1", {}],
    ["count=0x10", {}],
    ["count=Infinity", {}],
    ["count=99999999999999999999", {}],
    ["__proto__=1,constructor=2", {}],
    ["Count=1", {}],
  ])("%s says %o", (text, said) => {
    expect(parseQuota(bytesOf(text))).toEqual({ ...UNSET, ...said });
  });

  it("is read from any bytes, null and huge ones too", () => {
    expect(parseQuota(null)).toEqual(UNSET);
    expect(parseQuota(bytesOf(`count=1${",".repeat(1_000_000)}`))).toEqual(UNSET);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const number of Object.values(parseQuota(bytes))) expect(Number.isSafeInteger(number)).toBe(true);
      }),
    );
  });

  it("of usage reads back what was written", () => {
    const number = fc.integer({ min: -1000, max: 10 ** 15 - 1 });
    fc.assert(
      fc.property(number, number, (count, bytes) => {
        const text = formatUsage(null, count, bytes);
        expect(textOf(text)).toBe(`count=${count},bytes=${bytes}`);
        expect(parseQuota(text)).toEqual({ ...UNSET, count, bytes });
      }),
    );
  });

  it("of usage keeps the hard limits that stand in it", () => {
    const before = bytesOf("count=1,bytes=2=;byteHardLimit=7;countHardLimit=3");
    expect(textOf(formatUsage(before, 5, 6))).toBe("count=5,bytes=6=;byteHardLimit=7;countHardLimit=3");
    const unset = bytesOf("count=1,bytes=2=;countHardLimit=-1;byteHardLimit=-1");
    expect(textOf(formatUsage(unset, 5, 6))).toBe("count=5,bytes=6=;byteHardLimit=-1;countHardLimit=-1");
    expect(textOf(formatUsage(bytesOf("countHardLimit=3,other=+07"), 5, 6))).toBe(
      "count=5,bytes=6=;countHardLimit=3;other=7",
    );
  });
});

describe("a usage text that grows", () => {
  it("never becomes too long to be read again", () => {
    let text = bytesOf(`count=9,bytes=9=;${"k".repeat(230)}=1`);
    for (let count = 9; count < 10 ** 14; count *= 10) {
      text = formatUsage(text, count, count);
      expect(parseQuota(text)).toEqual({ ...UNSET, count, bytes: count });
    }
    expect(textOf(text)).not.toContain("k");
  });
});

describe("the paths of a quota", () => {
  it("lead from a subtree to its limits and usage and back", () => {
    for (const subtree of ["/a", "/a/b", "/zookeeper", "/zookeeper_limits"]) {
      expect(subtreeOfLimits(limitsPathOf(subtree))).toBe(subtree);
      expect(subtreeOfUsage(usagePathOf(subtree))).toBe(subtree);
      expect([subtreeOfUsage(limitsPathOf(subtree)), subtreeOfLimits(usagePathOf(subtree))]).toEqual([
        undefined,
        undefined,
      ]);
    }
  });

  it("lead nowhere from other znodes", () => {
    const others = [
      "/zookeeper/quota",
      "/zookeeper/quota/zookeeper_limits",
      "/zookeeper/quota/a",
      "/zookeeper/quota/a/xzookeeper_limits",
      "/zookeeper/quota/a/zookeeper_limits/x",
      "/zookeeper/quotas/a/zookeeper_limits",
      "/a/zookeeper_limits",
      "/zookeeper_limits",
    ];
    expect(others.map(subtreeOfLimits)).toEqual(others.map(() => undefined));
  });
});
