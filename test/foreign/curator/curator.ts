import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isZooKeeperInstalled, javaCommand } from "../../interop/zookeeper-server.ts";
import { type InputPiece, type Program, runProgram } from "../run-program.ts";

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

export function isCuratorInstalled(): boolean {
  return isZooKeeperInstalled() && [COMPILER, ...classPath].every((path) => existsSync(path));
}

/** A class of this repository that uses Curator, compiled. */
export interface CuratorProgram {
  with(args: readonly string[], input?: readonly InputPiece[]): Program;
  remove(): void;
}

/** `source` is a file with the class of its name; `jars` are what it uses, by default Debian's of Curator. */
export async function compileCurator(source: URL, jars: readonly string[] = classPath): Promise<CuratorProgram> {
  const classes = mkdtempSync(join(tmpdir(), "coterie-curator-"));
  const path = fileURLToPath(source);
  // The class path holds processors of annotations that the compiler is not asked to load.
  const compilerFlags = ["-17", "-nowarn", "-proc:none"];
  const args = [...compilerFlags, "-cp", jars.join(":"), "-d", classes, path];
  await runProgram({ command: COMPILER, args });
  const name = path.slice(path.lastIndexOf("/") + 1, -".java".length);
  const flags = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const command = [...flags, "-cp", [classes, ...jars].join(":"), name];
  return {
    with: (own, input = []) => ({ command: javaCommand(), args: [...command, ...own], input }),
    remove: () => rmSync(classes, { recursive: true, force: true }),
  };
}

/** Nobody listens to what its library logs, as it says itself. */
export function withoutLog(output: string): string {
  return output.replaceAll(/^SLF4J: .*\n/gm, "");
}
