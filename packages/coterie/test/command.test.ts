import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platform } from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findHolder } from "../src/command/lock-holder.ts";
import { main } from "../src/command/main.ts";
import { runPeer } from "../src/command/run-peer.ts";
import { connect, type Peer } from "../src/index.ts";
import { ADDRESS, NOTHING, run, TestProcess } from "./support/test-process.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-command-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("coterie serve", () => {
  it("runs a peer as a zoo.cfg says until it is told to stop, and again on what it has stored", async () => {
    const config = join(folder, "zoo.cfg");
    writeFileSync(config, `dataDir=${folder}\nsyncLimit=5\nclientPort=1\ntickTime=500\nfancy=1\n`);
    for (const value of ["first", "second"]) {
      const process = new TestProcess();
      const ended = main(["serve", "--config", config, "--client-port", "0"], process);
      const session = await connect(await process.written(ADDRESS));
      if (value === "first") await session.create("/a", value);
      else expect((await session.get("/a")).text()).toBe("first");
      expect(session.timeoutMs).toBe(10_000);
      await session.close();
      if (platform === "linux") {
        expect(await run("doctor", join(folder, "coterie"))).toEqual([
          2,
          "",
          expect.stringMatching(/STORE_LOCKED: .* open/),
        ]);
      }
      process.signal();
      expect([await ended, process.signalsTaken, process.startedCount]).toEqual([0, 0, 1]);
      expect(process.errors).toContain("warning: fancy is not understood");
      expect(process.out).toContain("serving");
    }
    expect(await run("doctor", folder)).toEqual([2, expect.stringContaining("name that"), ""]);
    const [code, out] = await run("doctor", join(folder, "coterie"), "--scratch", folder);
    expect([code, out]).toEqual([0, expect.stringMatching(/holds the store of peer 1 .*Nothing is wrong with it/s)]);
  });

  it.each([
    [["serve"], 2, /--data-dir is missing/],
    [["serve", "--oops"], 2, /--oops/],
    [["serve", "--memory", "--peer", "1=10.0.0.1:2888", "--id", "2"], 2, /peer 2 is none/],
    [["serve", "--memory", "--client-host", "256.0.0.1"], 1, /256\.0\.0\.1/],
    [["sing"], 2, /there is no command sing/],
    [["doctor"], 2, /one directory has to be named/],
    [["doctor", tmpdir(), "--repair", "pray"], 2, /no repair of the name pray/],
    [["doctor", "/nowhere"], 2, /there is no directory \/nowhere/],
    [["doctor", fileURLToPath(import.meta.url)], 2, /is no directory/],
    [["serve", "--data-dir", fileURLToPath(import.meta.url), "--client-port", "0"], 1, /STORE_FAILED|STORE_/],
    [["serve", "--config", "/nowhere"], 2, /\/nowhere, the configuration, cannot be read: there is no such file/],
    [["serve", "--config", tmpdir()], 2, /it is a directory/],
  ])("says what is wrong with %j", async (args, code, message) => {
    expect(await run(...args)).toEqual([code, expect.any(String), expect.stringMatching(message)]);
  });

  it("stops when it is told so while it starts", async () => {
    const process = new TestProcess();
    const ended = main(["serve", "--memory", "--client-port", "0"], process);
    process.signal();
    expect([await ended, process.startedCount]).toEqual([0, 0]);
  });
});

describe("coterie serve, told to stop", () => {
  const stuck = new Promise<never>(() => undefined);

  it.each([
    ["start", { start: () => stuck, stop: () => stuck }],
    ["stop", { start: () => Promise.resolve(), stop: () => stuck }],
  ])("gives up a peer that hangs in its %s, and says so", async (_, methods) => {
    const peer = { ...methods, once: () => undefined, status: { ports: [] } } as unknown as Peer;
    const process = new TestProcess();
    const ended = runPeer(peer, Promise.resolve(), process);
    // Once for whatever the peer may still do.
    while (process.timeIsUp === NOTHING) await Promise.resolve();
    expect(process.errors).toBe("");
    process.timeIsUp();
    expect(await ended).toBe(1);
    expect(process.errors).toMatch(/has not stopped within 20000 ms.*perhaps the disk/);
  });
});

describe("who has a store open", () => {
  it("is found in what Linux tells of locks", () => {
    const locks = "1: FLOCK  ADVISORY  WRITE 1 fe:00:7 0 EOF\n2: POSIX  ADVISORY  WRITE 693 fe:00:10054001 0 EOF\n";
    expect(findHolder(locks, 0xfe00n, 10_054_001n)).toBe(693);
    expect(findHolder(locks, 0xfe01n, 10_054_001n)).toBeNull();
    expect(findHolder(locks, 0xfe00n, 1n)).toBeNull();
  });
});

describe("coterie", () => {
  it.each([[[]], [["help"]], [["serve", "--help"]], [["doctor", "--help"]]])(
    "explains itself with %j",
    async (args) => {
      const [code, out, errors] = await run(...args);
      expect([code, errors]).toEqual([0, ""]);
      expect(out).toMatch(/coterie (serve|doctor)/);
    },
  );
});

describe("coterie doctor", () => {
  it("says that there is nothing", async () => {
    expect(await run("doctor", folder)).toEqual([2, `${folder} holds no store.\n`, ""]);
    const [, json] = await run("doctor", folder, "--json");
    expect(JSON.parse(json)).toMatchObject({ kind: "blank" });
  });
});
