import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  javaCommand,
  startZooKeeperServer,
  type ZooKeeperServerOptions,
  zooKeeperClassPath,
} from "../zookeeper-server.ts";
import { createRecordingProxy, type RecordedFrame, type RecordingProxy } from "./recording-proxy.ts";
import { type ClientTool, CLI_MT_COMMANDS, ZKCLI_SCRIPTS } from "./command-line-scenarios.ts";
import { runRawScenario } from "./raw-scenario.ts";

/** What a scenario runs against; every scenario has a server and a proxy of its own. */
interface Stage {
  readonly proxy: RecordingProxy;
  /** `host:port` of the proxy. */
  readonly hosts: string;
  /** `host:port` of the server itself, for what is not to be recorded. */
  readonly direct: string;
}

interface Scenario {
  readonly name: string;
  readonly options?: ZooKeeperServerOptions;
  run(stage: Stage): Promise<void>;
}

const PROGRAM_DEADLINE_MS = 30_000;
const CLI_MT = "/usr/lib/zookeeper/bin/cli_mt";
// Kazoo is Debian's, so is the interpreter that finds it.
const PYTHON = "/usr/bin/python3";
const PING_XID = "fffffffe";

/** Runs every scenario whose name contains `filter` and writes one file each into `directory`. */
export async function captureAll(directory: string, sources: string, filter: string): Promise<void> {
  const classes = mkdtempSync(join(tmpdir(), "coterie-golden-"));
  try {
    for (const scenario of scenarios(sources, classes)) {
      if (!scenario.name.includes(filter)) continue;
      const frames = withoutRepeatedPings(await capture(scenario));
      const lines = frames.map((frame) => `${JSON.stringify(frame)}\n`);
      writeFileSync(join(directory, `${scenario.name}.jsonl`), lines.join(""));
      process.stdout.write(`${scenario.name}: ${frames.length} frames\n`);
    }
  } finally {
    rmSync(classes, { recursive: true, force: true });
  }
}

function scenarios(sources: string, classes: string): Scenario[] {
  const kazoo = ["basics", "acl", "multi", "watches", "sessions"];
  const java = ["create", "multi", "watches", "reconnect", "reconnect-standard", "sessions"];
  return [
    ...kazoo.map((name) => ({
      name: `kazoo-${name}`,
      // kazoo 2.8 does not know the code of "reconfiguration is switched off", and its thread dies of it.
      options: { reconfigEnabled: true },
      run: (stage: Stage) => runKazoo(sources, name, stage),
    })),
    ...Object.keys(ZKCLI_SCRIPTS).map((name) => ({
      name: `zkcli-${name}`,
      options: { enforceQuota: true },
      run: (stage: Stage) => runZkCli(name, stage),
    })),
    ...(["plain", "read-only"] as const).map((name) => ({
      name: `cli-mt-${name}`,
      run: (stage: Stage) => runCliMt(name, stage),
    })),
    ...java.map((name) => ({ name: `java-${name}`, run: (stage: Stage) => runJava(sources, classes, name, stage) })),
    { name: "raw-handwritten", run: (stage) => runRawScenario(stage.proxy) },
  ];
}

async function capture(scenario: Scenario): Promise<readonly RecordedFrame[]> {
  const server = await startZooKeeperServer(scenario.options);
  const proxy = await createRecordingProxy(server.port);
  try {
    const hosts = `127.0.0.1:${proxy.port}`;
    await scenario.run({ proxy, hosts, direct: `${server.host}:${server.port}` });
    return proxy.frames;
  } catch (cause) {
    const last = proxy.frames
      .slice(-4)
      .map((frame) => JSON.stringify(frame))
      .join("\n");
    throw new Error(`scenario ${scenario.name} failed; last frames:\n${last}`, { cause });
  } finally {
    await proxy.close();
    await server.stop();
  }
}

/** Clients ping when they are idle; one ping and its reply are as good as many. */
function withoutRepeatedPings(frames: readonly RecordedFrame[]): RecordedFrame[] {
  const seen = { client: false, server: false };
  const started = new Set<string>();
  return frames.filter((frame) => {
    const key = `${frame.conn} ${frame.from}`;
    const isHandshake = !started.has(key);
    started.add(key);
    if (isHandshake || !frame.hex.startsWith(PING_XID)) return true;
    if (seen[frame.from]) return false;
    seen[frame.from] = true;
    return true;
  });
}

async function runKazoo(sources: string, name: string, stage: Stage): Promise<void> {
  const script = join(sources, "kazoo-scenarios.py");
  await runProgram({ command: PYTHON, args: [script, name, stage.hosts, String(stage.proxy.controlPort)] });
}

async function runZkCli(name: string, stage: Stage): Promise<void> {
  const main = "org.apache.zookeeper.ZooKeeperMain";
  const args = ["-Xmx128m", "-cp", zooKeeperClassPath(), main, "-timeout", "8000", "-server", stage.hosts];
  const input = `${(ZKCLI_SCRIPTS[name] ?? []).join("\n")}\nquit\n`;
  await runProgram({ command: javaCommand(), args, input });
}

async function runJava(sources: string, classes: string, name: string, stage: Stage): Promise<void> {
  // The jute classes are part of the client's signatures; the class path in zookeeper.jar does not reach javac.
  const classPath = `${classes}:${zooKeeperClassPath()}:/usr/share/java/zookeeper-jute.jar`;
  const javac = join(javaCommand(), "../javac");
  const main = join(classes, "GoldenScenarios.class");
  if (!existsSync(main)) {
    const source = join(sources, "java/GoldenScenarios.java");
    await runProgram({ command: javac, args: ["-implicit:none", "-cp", classPath, "-d", classes, source] });
  }
  const flags = ["-Xmx128m", `-Dgolden.direct=${stage.direct}`, "-cp", classPath];
  const args = [...flags, "GoldenScenarios", name, stage.hosts, String(stage.proxy.controlPort)];
  await runProgram({ command: javaCommand(), args });
}

/** The C client's shell answers out of step with its input, so each command waits for the reply of the one before. */
async function runCliMt(name: "plain" | "read-only", stage: Stage): Promise<void> {
  const { proxy } = stage;
  const args = ["-h", stage.hosts, ...(name === "read-only" ? ["-r"] : [])];
  await runProgram({
    command: CLI_MT,
    args,
    drive: async (write) => {
      await proxy.waitFor(0, (frame) => frame.from === "server");
      for (const command of CLI_MT_COMMANDS[name]) {
        const start = proxy.frames.length;
        if (command === "(drop)") {
          proxy.drop();
          // The new handshake, then the setWatches request with its reserved xid.
          await proxy.waitFor(start, (frame) => frame.from === "server" && frame.hex.startsWith("fffffff8"));
          continue;
        }
        write(`${command}\n`);
        const request = await proxy.waitFor(start, ({ from, hex }) => from === "client" && !hex.startsWith(PING_XID));
        const xid = request.hex.slice(0, 8);
        await proxy.waitFor(start, ({ from, hex }) => from === "server" && hex.startsWith(xid));
      }
      write("quit\n");
    },
  });
}

async function runProgram(program: ClientTool): Promise<void> {
  const child = spawn(program.command, program.args, { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  // A program that ends early reports itself by its exit code.
  child.stdin.on("error", () => undefined);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), PROGRAM_DEADLINE_MS);
  try {
    if (program.input !== undefined) child.stdin.end(program.input);
    await Promise.race([program.drive?.((text) => child.stdin.write(text)), ended]);
    const code = await ended;
    if (code !== 0) throw new Error(`${program.command} ended with ${code}: ${output}`);
    if (process.env["COTERIE_CAPTURE_VERBOSE"] !== undefined) process.stdout.write(output);
  } finally {
    clearTimeout(timer);
  }
}

const [directory, sources, filter = ""] = process.argv.slice(2);
if (directory === undefined || sources === undefined) {
  throw new Error(`usage: ${fileURLToPath(import.meta.url)} DIRECTORY SOURCES [FILTER]`);
}
await captureAll(directory, sources, filter);
