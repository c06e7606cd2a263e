import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../src/command/main.ts";
import type { Surroundings } from "../src/command/surroundings.ts";
import { connect } from "../src/index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-command-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process for a command to run in: what it writes, and a signal that ends it. */
class TestProcess implements Surroundings {
  readonly environment = {};
  out = "";
  errors = "";
  signalsTaken = 0;
  signal: () => void = () => undefined;
  private readonly waiting = new Set<() => void>();
  readonly readFile = (path: string): string => readFileSync(path, "utf8");

  readonly write = (text: string): void => {
    this.out += text;
    for (const look of this.waiting) look();
  };

  readonly writeError = (text: string): void => {
    this.errors += text;
  };

  readonly untilSignal = (): ReturnType<Surroundings["untilSignal"]> => {
    this.signalsTaken += 1;
    const arrived = new Promise<void>((resolve) => {
      this.signal = resolve;
    });
    return { arrived, ignore: () => void (this.signalsTaken -= 1) };
  };

  /** What stands behind `pattern` in what was written, as soon as it is. */
  async written(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.out)?.[1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }
}

async function run(...args: string[]): Promise<[code: number, out: string, errors: string]> {
  const process = new TestProcess();
  return [await main(args, process), process.out, process.errors];
}

const ADDRESS = /ZooKeeper clients may connect at (\S+)\n/;

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
      process.signal();
      expect([await ended, process.signalsTaken]).toEqual([0, 0]);
      expect(process.errors).toContain("warning: fancy is not understood");
      expect(process.out).toContain("serving");
    }
    const [code, out] = await run("doctor", join(folder, "coterie"));
    expect([code, out]).toEqual([0, expect.stringMatching(/holds the store of peer 1 .*Nothing is wrong with it/s)]);
  });

  it.each([
    [["serve"], 2, /--data-dir is missing/],
    [["serve", "--oops"], 2, /--oops/],
    [["serve", "--memory", "--peer", "1=10.0.0.1:2888", "--id", "2"], 2, /peer 2 is none/],
    [["serve", "--memory", "--client-host", "256.0.0.1"], 1, /256\.0\.0\.1/],
    [["sing"], 2, /there is no command sing/],
    [["doctor"], 2, /one directory has to be named/],
    [["doctor", "/nowhere", "--repair", "pray"], 2, /no repair of the name pray/],
  ])("says what is wrong with %j", async (args, code, message) => {
    expect(await run(...args)).toEqual([code, expect.any(String), expect.stringMatching(message)]);
  });

  it("stops when it is told so while it starts", async () => {
    const process = new TestProcess();
    const ended = main(["serve", "--memory", "--client-port", "0"], process);
    process.signal();
    expect(await ended).toBe(0);
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
    expect(await run("doctor", folder)).toEqual([0, `${folder} holds no store.\n`, ""]);
    const [, json] = await run("doctor", folder, "--json");
    expect(JSON.parse(json)).toMatchObject({ kind: "blank" });
  });
});
