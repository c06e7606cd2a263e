import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { isZooKeeperInstalled, javaCommand } from "../../interop/zookeeper-server.ts";
import { type BothSides, startBothSides } from "../both-sides.ts";
import { runProgram } from "../run-program.ts";

const COMPILER = "/usr/bin/ecj";
const JARS = [
  "curator-recipes",
  "curator-framework",
  "curator-client",
  "guava",
  "slf4j-api",
  "zookeeper-jute",
  "zookeeper",
];
const classPath = JARS.map((name) => `/usr/share/java/${name}.jar`);
const source = fileURLToPath(new URL("CuratorScenario.java", import.meta.url));
const isInstalled = isZooKeeperInstalled() && [COMPILER, ...classPath].every((path) => existsSync(path));
const missing = isInstalled ? undefined : "Debian's libcurator-recipes-java, ecj and zookeeper are not installed";

describeForeign("Curator", missing, () => {
  let sides: BothSides;
  let classes: string;

  beforeAll(async () => {
    classes = mkdtempSync(join(tmpdir(), "coterie-curator-"));
    // The class path holds processors of annotations that the compiler is not asked to load.
    const flags = ["-17", "-nowarn", "-proc:none"];
    const args = [...flags, "-cp", classPath.join(":"), "-d", classes, source];
    [sides] = await Promise.all([startBothSides(), runProgram({ command: COMPILER, args })]);
  });

  afterAll(async () => {
    rmSync(classes, { recursive: true, force: true });
    await sides.stop();
  });

  it("does the same with its recipes as with ZooKeeper", async () => {
    const flags = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    const { zookeeper, coterie } = await sides.run((addresses) => ({
      command: javaCommand(),
      args: [...flags, "-cp", [classes, ...classPath].join(":"), "CuratorScenario", addresses],
    }));
    expect(withoutLog(coterie)).toBe(withoutLog(zookeeper));
    expect(coterie.match(/^# .*$/gm)).toHaveLength(14);
    expect(coterie).toMatch(/# the end\n$/);
  });
});

/** Nobody listens to what its library logs, as it says itself. */
function withoutLog(output: string): string {
  return output.replaceAll(/^SLF4J: .*\n/gm, "");
}
