import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { isZooKeeperInstalled } from "../../interop/zookeeper-server.ts";
import { asCoterie, type BothSides, startBothSides } from "../both-sides.ts";
import { CLI_MT_DIFFERENCES } from "../known-differences.ts";
import { normaliseStats } from "../normalise.ts";
import type { Program } from "../run-program.ts";

const CLI_MT = "/usr/lib/zookeeper/bin/cli_mt";
const missing =
  existsSync(CLI_MT) && isZooKeeperInstalled() ? undefined : "Debian's zookeeper and zookeeper-bin are not installed";
const commands = readFileSync(new URL("commands.txt", import.meta.url), "utf8");

/** It forgets what is under way when it is told to quit, so that the answer to the last command is waited for. */
function shell(addresses: string): Program {
  const input = [{ text: commands, until: "name = /the-end" }, { text: "quit\n" }];
  return { command: CLI_MT, args: ["-h", addresses], input };
}

/** What is printed while commands are sent, before their answers. */
const OF_THE_ASKING_THREAD = /^session Id = /;
/** The same, and now and then in the middle of a line that the answering thread has begun. */
const CREATING = /Creating \[[^\]\n]*\] node \(mode: \d+\)\n/g;
/** Another thread prints these, between whatever answers are printed just then. */
const ERROR = /^Error -\d+ for /;
const LOG_OR_DURATION = /ZOO_(?:DEBUG|INFO|WARN|ERROR)@|^time = \d+ msec$/;

function answers(output: string): string {
  const lines = normaliseStats(output.replaceAll(CREATING, ""))
    .split("\n")
    .filter((line) => line !== "" && !OF_THE_ASKING_THREAD.test(line) && !LOG_OR_DURATION.test(line));
  const errors = lines.filter((line) => ERROR.test(line)).sort();
  return [...sortChildren(lines.filter((line) => !ERROR.test(line))), ...errors].join("\n");
}

/** The order of children is no promise; each stands on a line of its own behind a tab. */
function sortChildren(lines: readonly string[]): string[] {
  const isChild = (line: string | undefined): boolean => line !== undefined && /^\t[^= ]+$/.test(line);
  const sorted: string[] = [];
  for (let index = 0; index < lines.length;) {
    let end = index + 1;
    if (isChild(lines[index])) while (isChild(lines[end])) end += 1;
    sorted.push(...lines.slice(index, end).sort());
    index = end;
  }
  return sorted;
}

describeForeign("cli_mt, the C client's shell", missing, () => {
  let sides: BothSides;

  beforeAll(async () => {
    sides = await startBothSides();
  });

  afterAll(() => sides.stop());

  it("says the same to each of its commands as with ZooKeeper", async () => {
    const outputs = await sides.run(shell);
    const [zookeeper, coterie] = [answers(outputs.zookeeper), answers(outputs.coterie)];
    expect(coterie).toBe(asCoterie(zookeeper, CLI_MT_DIFFERENCES));
    expect(coterie.split("\n").length).toBeGreaterThan(120);
  });
});
