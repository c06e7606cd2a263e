import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { isZooKeeperInstalled, javaCommand, zooKeeperClassPath } from "../../interop/zookeeper-server.ts";
import { asCoterie, type BothSides, startBothSides } from "../both-sides.ts";
import { normaliseStats } from "../normalise.ts";
import type { Program } from "../run-program.ts";
import { ZKCLI_DIFFERENCES } from "../known-differences.ts";

const missing = isZooKeeperInstalled() ? undefined : "Debian's zookeeper package is not installed";
const commands = readFileSync(new URL("commands.txt", import.meta.url), "utf8");

/** As zkCli.sh starts it, but for flags that make a short life quicker. */
function shell(addresses: string): Program {
  const flags = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const main = "org.apache.zookeeper.ZooKeeperMain";
  return {
    command: javaCommand(),
    args: [...flags, "-cp", zooKeeperClassPath(), main, "-server", addresses],
    input: [{ text: commands.replaceAll("ADDRESSES", addresses) }],
  };
}

/**
 * Events come from a thread of their own: they are in order among themselves, and anywhere between the answers. Whether they
 * are printed is asked when the thread comes to them, so `commands.txt` waits for it by `sync`, whose answer comes from that
 * thread too. Each connection has a thread: the last word of one, `Closed`, may follow the first of the next, or the exit.
 */
function split(output: string): { answers: string; events: string } {
  const lines = normaliseStats(output)
    .split("\n")
    .filter((line) => line !== "" && line !== "WATCHER::" && !/^SLF4J|^\tat /.test(line));
  const isEvent = (line: string): boolean => line.startsWith("WatchedEvent ");
  const isLastWord = (line: string): boolean => line.startsWith("WatchedEvent state:Closed ");
  return {
    answers: lines.filter((line) => !isEvent(line)).join("\n"),
    events: inKnownOrder(lines.filter((line) => isEvent(line) && !isLastWord(line))).join("\n"),
  };
}

/**
 * The Java client tells of watches that one request removes in the order of a map whose keys have another hash in each JVM
 * (`ZKWatchManager.removeWatcher`), so events of removal that follow each other are sorted.
 */
function inKnownOrder(events: readonly string[]): readonly string[] {
  const isRemoval = (event: string | undefined): boolean => event?.includes("WatchRemoved") ?? false;
  const runs: string[][] = [];
  for (const event of events) {
    const last = runs.at(-1);
    if (last !== undefined && isRemoval(last[0]) && isRemoval(event)) last.push(event);
    else runs.push([event]);
  }
  return runs.flatMap((run) => run.toSorted());
}

describeForeign("zkCli", missing, () => {
  let sides: BothSides;

  beforeAll(async () => {
    sides = await startBothSides();
  });

  afterAll(() => sides.stop());

  it("says the same to each of its commands as with ZooKeeper", async () => {
    const outputs = await sides.run(shell);
    const [zookeeper, coterie] = [split(outputs.zookeeper), split(outputs.coterie)];
    expect(coterie.answers).toBe(asCoterie(zookeeper.answers, ZKCLI_DIFFERENCES));
    expect(coterie.events).toBe(zookeeper.events);
    expect(coterie.answers.split("\n").at(-1)).toBe("Created /said");
    expect(coterie.events.split("\n").length).toBeGreaterThan(15);
  });
});
