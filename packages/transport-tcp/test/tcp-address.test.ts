import { describe, expect, it } from "vitest";
import { formatTcpAddress, isLoopback, parseTcpAddress, plainIp } from "../src/tcp-address.ts";

describe("an address of TCP", () => {
  it("is a name or an IP address, and a port", () => {
    expect(parseTcpAddress("peer.example:2181")).toEqual({ host: "peer.example", port: 2181 });
    expect(parseTcpAddress("127.0.0.1:0")).toEqual({ host: "127.0.0.1", port: 0 });
    expect(parseTcpAddress("[::1]:65535")).toEqual({ host: "::1", port: 65_535 });
    expect(parseTcpAddress("[fe80::1%eth0]:1")).toEqual({ host: "fe80::1%eth0", port: 1 });
  });

  it.each([
    "",
    "a",
    ":1",
    "a:",
    "a:65536",
    "a:-1",
    "a:1:2",
    "::1:2181",
    "[::1]",
    "[a]:1",
    "a b:1",
    "http://a:1",
    "a:1x",
  ])("is not %j", (address) => {
    expect(() => parseTcpAddress(address)).toThrow(expect.objectContaining({ code: "ADDRESS_UNUSABLE" }));
  });

  it("has a port other than 0 where it is dialled", () => {
    expect(() => parseTcpAddress("a:0", 1)).toThrow(expect.objectContaining({ code: "ADDRESS_UNUSABLE" }));
  });

  it("is written as it is read", () => {
    for (const address of ["[::1]:5", "a:5", "127.0.0.1:5"]) {
      const { host, port } = parseTcpAddress(address);
      expect(formatTcpAddress(host, port)).toBe(address);
    }
  });
});

describe("an IP address", () => {
  it("is told without zone and without the prefix of IPv4 in IPv6", () => {
    expect(["fe80::1%eth0", "::ffff:10.0.0.1", "10.0.0.1", "::1"].map(plainIp)).toEqual([
      "fe80::1",
      "10.0.0.1",
      "10.0.0.1",
      "::1",
    ]);
  });

  it("is loopback or not", () => {
    expect(["127.0.0.1", "127.3.2.1", "::1", "10.0.0.1", "::2"].map(isLoopback)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
