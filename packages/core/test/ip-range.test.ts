import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isIpInRange, isIpRange } from "../src/index.ts";

/** The oracle: Node's own parser and its list of subnets. */
function isInRange(address: string, network: string, prefixBits: number): boolean {
  const family = isIPv4(network) ? "ipv4" : "ipv6";
  if (isIP(address) !== isIP(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefixBits, family);
  return list.check(address, family);
}

const octet = fc.integer({ min: 0, max: 255 });
const ipv4Arbitrary = fc.oneof(
  fc.tuple(octet, octet, octet, octet).map((octets) => octets.join(".")),
  fc.constantFrom("0.0.0.0", "255.255.255.255", "127.0.0.1", "10.1.2.3", "10.1.2.2"),
);
const group = fc.oneof(fc.constantFrom(0, 1, 0xffff, 0xfe80), fc.integer({ min: 0, max: 0xffff }));

/** All ways to write the same eight groups: leading zeros, capitals, one run of zeros left out, an IPv4 end. */
const ipv6Arbitrary = fc
  .tuple(fc.array(group, { minLength: 8, maxLength: 8 }), fc.boolean(), fc.boolean(), fc.boolean(), fc.nat())
  .map(([groups, isPadded, isUpper, hasIpv4, pick]) => {
    let texts = groups.map((value) => value.toString(16).padStart(isPadded ? 4 : 1, "0"));
    if (hasIpv4) {
      const [high, low] = [groups[6]!, groups[7]!];
      texts = [...texts.slice(0, 6), [high >> 8, high & 255, low >> 8, low & 255].join(".")];
    }
    const zeros = groups.slice(0, hasIpv4 ? 6 : 8).flatMap((value, index) => (value === 0 ? [index] : []));
    const at = zeros[pick % Math.max(1, zeros.length)];
    const text =
      at === undefined ? texts.join(":") : `${texts.slice(0, at).join(":")}::${texts.slice(at + 1).join(":")}`;
    return isUpper ? text.toUpperCase() : text;
  });

describe("ranges of addresses", () => {
  it("hold what the addresses' common bits say, IPv4", () => {
    fc.assert(
      fc.property(ipv4Arbitrary, ipv4Arbitrary, fc.integer({ min: 1, max: 32 }), (address, network, bits) => {
        expect(isIpInRange(address, `${network}/${bits}`)).toBe(isInRange(address, network, bits));
        expect(isIpInRange(address, network)).toBe(address === network);
        expect(isIpInRange(network, `${network}/${bits}`)).toBe(true);
        expect(isIpInRange(address, `${network}/0`)).toBe(true);
      }),
    );
  });

  it("hold what the addresses' common bits say, IPv6 in every spelling", () => {
    fc.assert(
      fc.property(ipv6Arbitrary, ipv6Arbitrary, fc.integer({ min: 1, max: 128 }), (address, network, bits) => {
        expect([network, isIPv6(network)]).toEqual([network, true]);
        expect(isIpInRange(address, `${network}/${bits}`)).toBe(isInRange(address, network, bits));
        expect(isIpInRange(address, network)).toBe(isInRange(address, network, 128));
        expect(isIpInRange(address, `${network}/0`)).toBe(true);
        expect(isIpInRange("1.2.3.4", `${network}/0`)).toBe(false);
        expect(isIpInRange(address, "1.2.3.4/0")).toBe(false);
      }),
    );
  });

  it("may be named exactly if Node takes them for addresses", () => {
    const nearly = fc.oneof(
      fc
        .tuple(fc.oneof(ipv6Arbitrary, ipv4Arbitrary), fc.nat(), fc.constantFrom(":", ".", "::", "0", "g", "", " "))
        .map(
          ([text, at, piece]) =>
            text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1),
        ),
      fc.string({ maxLength: 20 }),
      fc
        .array(fc.constantFrom(":", "::", "0", "1", "ffff", ".", "255", "256", "1.2.3.4"), { maxLength: 10 })
        .map((all) => all.join("")),
    );
    fc.assert(
      fc.property(nearly, (text) => {
        fc.pre(!/[%/]/.test(text) && !hasLeadingZero(text));
        expect([text, isIpRange(text)]).toEqual([text, isIP(text) !== 0]);
      }),
      { numRuns: 2000 },
    );
  });

  it("have at most as many bits as the address", () => {
    const valid = ["1.2.3.4/0", "1.2.3.4/32", "::/0", "::1/128", "fe80::/10", "fe80::1%eth0", "010.1.2.3"];
    const invalid = [
      "",
      "/8",
      "1.2.3.4/",
      "1.2.3.4/33",
      "1.2.3.4/-1",
      "1.2.3.4/1.5",
      "1.2.3.4/ 8",
      "1.2.3.4/8/8",
      "::/129",
      "::/1e1",
      "1.2.3",
      "1.2.3.256",
      "1.2.3.4.5",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7::8",
      "12345::",
      ":",
      ":::",
      "1.2.3.4::",
      "::1.2.3.4:5",
      "::1.2.3",
    ];
    expect(invalid.filter((text) => isIpRange(text))).toEqual([]);
    expect(valid.filter((text) => !isIpRange(text))).toEqual([]);
  });

  it("match nothing that is no address", () => {
    for (const text of ["", "localhost", "1.2.3.4/8", "::/0", "1.2.3"]) {
      expect([isIpInRange(text, "0.0.0.0/0"), isIpInRange(text, "::/0")]).toEqual([false, false]);
      expect(isIpInRange("1.2.3.4", "localhost")).toBe(false);
    }
  });
});

/** Decimal octets may have them here, by the reference's decision; Node is stricter. */
function hasLeadingZero(text: string): boolean {
  return text.split(/[.:]/).some((part) => /^0\d/.test(part) && text.includes("."));
}
