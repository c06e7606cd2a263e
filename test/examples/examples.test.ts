import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { describeForeign } from "../interop/describe-foreign.ts";
import { findPython } from "./find-python.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

interface Run {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** The first line that matches. */
  line(pattern: RegExp): Promise<string>;
  ended(): Promise<number | null>;
}

/** An example as its reader runs it. It sees the packages as they are built. */
function run(command: string, ...args: string[]): Run {
  const child = spawn(command, args, { cwd: EXAMPLES, stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    child,
    lines,
    line: async (pattern) => {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (lines.some((line) => pattern.test(line)) || child.exitCode !== null) resolve();
        };
        waiting.add(look);
        child.once("close", () => resolve());
        look();
      });
      return lines.find((line) => pattern.test(line)) ?? `no line is ${pattern}, among ${JSON.stringify(lines)}`;
    },
    ended: () => exit,
  };
}

async function output(command: string, ...args: string[]): Promise<string[]> {
  const { ended, lines } = run(command, ...args);
  expect([await ended(), ...lines]).toEqual([0, ...lines]);
  return lines;
}

describe("the examples", () => {
  it("embed-peer: instances elect a leader, and find each other", async () => {
    expect(await output(process.execPath, "embed-peer/cluster.mjs")).toEqual([
      "3 instances are up",
      "each knows 3 instances, and 1 of them leads",
      "the leader has left: each knows 2 instances, and another one leads",
      "all have ended",
    ]);
  });

  it("worker-peer: a busy main thread keeps its session", async () => {
    expect(await output(process.execPath, "worker-peer/main.mjs", "2500")).toEqual([
      "a session with a timeout of 1000 ms, and an ephemeral znode",
      "the main thread was busy for 2500 ms",
      "the znode is still there, the session is connected",
    ]);
  });

  it("unit-test: its tests pass", async () => {
    const lines = await output(process.execPath, "--test", "--test-reporter=tap", "unit-test/report-job.test.mjs");
    expect(lines).toContain("# pass 6");
    expect(lines).toContain("# fail 0");
  });

  it("three-peers: what npm start shows, to its end", async () => {
    const lines = await output(process.execPath, "three-peers/show.mjs");
    const text = lines.join("\n");
    for (const what of [
      "leads the ensemble",
      "sees colour = green",
      "has the lock",
      "is killed",
      "nothing that was acknowledged is missing",
      "zkCli.sh -server",
    ]) {
      expect(text).toContain(what);
    }
    expect(text).not.toContain("has stopped");
    expect(text).not.toContain("unexpectedly");
  });
});

const python = findPython("kazoo");

describeForeign("the example zookeeper-clients", python === undefined ? "kazoo is not installed" : undefined, () => {
  it("a client in Python reads what Node.js wrote, and the other way round", async () => {
    const server = run(process.execPath, "zookeeper-clients/serve.mjs", "0");
    const address = /at (\S+)$/.exec(await server.line(/^ZooKeeper clients may connect/))?.[1] ?? "";
    expect(await output(python!, "zookeeper-clients/client.py", address)).toEqual(["hello from Node.js 0"]);
    expect(await server.line(/^python says/)).toBe("python says hello from Python");
    expect(await server.ended()).toBe(0);
  });
});
