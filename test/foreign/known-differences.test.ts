import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { asCoterie } from "./both-sides.ts";
import { CLI_MT_DIFFERENCES, ZKCLI_DIFFERENCES } from "./known-differences.ts";
import { normaliseStats } from "./normalise.ts";

describe("known differences", () => {
  it("are those that README.md explains", () => {
    const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
    const table = readme.slice(readme.indexOf("## Where the two differ"));
    const explained = [...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((match) => match[1] ?? "");
    const names = [...ZKCLI_DIFFERENCES, ...CLI_MT_DIFFERENCES].map(({ name }) => name);
    expect([...new Set(names)].toSorted()).toEqual(explained.toSorted());
  });

  it("change what they name and nothing else, and fail where nothing is to be changed", () => {
    const difference = { name: "greeting", zookeeper: "hello\n", coterie: "good day\n" };
    expect(asCoterie("a\nhello\nb\nhello\n", [difference])).toBe("a\ngood day\nb\ngood day\n");
    expect(() => asCoterie("a\nb\n", [difference])).toThrow('"greeting"');
  });
});

describe("normalising", () => {
  it("keeps what is to be compared", () => {
    const zkcli = [
      "cZxid = 0x100000004",
      "ctime = Mon Nov 23 08:54:58 UTC 2026",
      "mZxid = 0x10000000f",
      "ephemeralOwner = 0x100000100000001",
      "ephemeralOwner = 0x0",
      "mtime = Thu Jan 01 00:00:00 UTC 1970",
    ];
    expect(normaliseStats(zkcli.join("\n")).split("\n")).toEqual([
      "cZxid = 0x4",
      "ctime = TIME",
      "mZxid = 0xf",
      "ephemeralOwner = 0xsession 1",
      "ephemeralOwner = 0x0",
      "mtime = Thu Jan 01 00:00:00 UTC 1970",
    ]);
    const cliMt = [
      "session id: 0x10002e42e810002",
      "\tczxid=10000004c",
      "\tephemeralOwner = 10002e42e810002",
      "\tephemeralOwner = 0",
    ];
    expect(normaliseStats(cliMt.join("\n")).split("\n")).toEqual([
      "session id: 0xsession 1",
      "\tczxid=4c",
      "\tephemeralOwner = session 1",
      "\tephemeralOwner = 0",
    ]);
  });
});
