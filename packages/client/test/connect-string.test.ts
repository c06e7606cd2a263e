import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConnectString } from "../src/index.ts";

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/);
const port = fc.integer({ min: 1, max: 65_535 });
const server = fc.oneof(
  fc.tuple(fc.oneof(name, fc.ipV4()), port).map(([host, number]) => ({ text: `${host}:${number}`, host, number })),
  fc.oneof(name, fc.ipV4()).map((host) => ({ text: host, host, number: 2181 })),
  fc.tuple(fc.ipV6(), port).map(([host, number]) => ({ text: `[${host}]:${number}`, host: `[${host}]`, number })),
  fc.ipV6().map((host) => ({ text: `[${host}]`, host: `[${host}]`, number: 2181 })),
);
const blank = fc.constantFrom("", " ", "\t");
const znode = fc.stringMatching(/^[a-zA-Z0-9_:@ é-]{1,10}$/).filter((text) => text.trim() === text);
const chroot = fc.array(znode, { maxLength: 4 }).map((names) => names.map((part) => `/${part}`).join(""));

describe("a connection string", () => {
  it("is read as it was put together", () => {
    fc.assert(
      fc.property(
        fc.array(server, { minLength: 1, maxLength: 6 }),
        chroot,
        blank,
        blank,
        (servers, root, left, right) => {
          const text = servers.map((one) => `${left}${one.text}${right}`).join(",") + root;
          const addresses = [...new Set(servers.map(({ host, number }) => `${host}:${number}`))];
          expect(parseConnectString(text)).toEqual(root === "" ? { addresses } : { addresses, chroot: root });
        },
      ),
    );
  });

  it("is one, or BAD_ARGUMENTS, whatever the text", () => {
    const pieces = fc.constantFrom(
      "h",
      ":",
      "2181",
      "[",
      "]",
      "::1",
      ",",
      "/",
      ".",
      "..",
      " ",
      "\0",
      "é",
      "%",
      "0",
      "-1",
      "a/b",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join("")),
        ),
        (text) => {
          try {
            const { addresses, chroot: root } = parseConnectString(text);
            expect(addresses.length).toBeGreaterThan(0);
            for (const address of addresses)
              expect(address).toMatch(/^(\[[0-9a-fA-F:.%\w]+\]|[^:[\]\s/,]+):[1-9]\d{0,4}$/);
            if (root !== undefined) expect(root).toMatch(/^(\/[^/]+)+$/);
          } catch (error) {
            expect(error).toMatchObject({ code: "BAD_ARGUMENTS" });
          }
        },
      ),
    );
  });

  it.each([
    ["h1:2181,h2:2181/app", { addresses: ["h1:2181", "h2:2181"], chroot: "/app" }],
    ["[::1]:2182,[fe80::1]/a/b", { addresses: ["[::1]:2182", "[fe80::1]:2181"], chroot: "/a/b" }],
    ["localhost/", { addresses: ["localhost:2181"] }],
    ["a,a:2181,b", { addresses: ["a:2181", "b:2181"] }],
  ])("%s", (text, target) => {
    expect(parseConnectString(text)).toEqual(target);
  });

  it.each([
    ["", /names no server.*host1:2181,host2:2181\/app/],
    ["/app", /names no server/],
    ["a,,b", /comma with no server/],
    ["a:2181,", /comma with no server/],
    ["zk://a:2181", /begins with "zk:\/\/"; leave that out/],
    ["a:", /"" in "a:" is no port/],
    ["a:0", /1\.\.65535/],
    ["a:65536", /1\.\.65535/],
    ["a:21x", /"21x" in "a:21x" is no port/],
    [":2181", /no name before its port/],
    ["::1", /write "\[::1\]:2181"/],
    ["::1:2181", /IPv6 address stands in brackets/],
    ["a:1:2", /one colon stands between/],
    ["[a]:1", /"a" in "\[a\]:1" is no IPv6 address/],
    ["user@a:1", /neither a host's name nor an IP address/],
    ["a/app/", /ends with "\/"/],
    ["a/app//b", /an empty name/],
    ["a/app/../b", /paths are absolute/],
    ["a/app,b/app", /stands once, behind the last server/],
    ["a/\u0001", /character/],
  ])("%j is refused in words", (text, words) => {
    expect(() => parseConnectString(text)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
    expect(() => parseConnectString(text)).toThrow(words);
  });

  it("is text", () => {
    expect(() => parseConnectString(undefined as never)).toThrow(/not undefined/);
  });
});
