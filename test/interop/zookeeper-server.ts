import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../support/free-ports.mjs";

/**
 * A real standalone Apache ZooKeeper (Debian's `zookeeper` package) as a child process, for tests that
 * compare with it. It listens on a free loopback port, keeps its data in a temporary directory, and dies
 * with the process that started it, however that ends.
 */
export interface ZooKeeperServer {
  readonly host: string;
  readonly port: number;
  /** Sends a four-letter word and resolves with the whole answer. */
  ask(word: string): Promise<string>;
  /** Kills the server and removes its directory. Idempotent; resolves once both are done. */
  stop(): Promise<void>;
}

export interface ZooKeeperServerOptions {
  /** 100..60000 ms, default 2000. Sessions time out after 2 to 20 ticks. */
  readonly tickTimeMs?: number;
  readonly sessionTimeoutMinMs?: number;
  readonly sessionTimeoutMaxMs?: number;
  /** Container and TTL reaping interval; default ZooKeeper's 60000 ms. */
  readonly containerCheckIntervalMs?: number;
  /** TTL nodes; default true. */
  readonly extendedTypesEnabled?: boolean;
  /** Hard quotas raise an error; default false, as ZooKeeper's. */
  readonly enforceQuota?: boolean;
  /** `super:<base64 of SHA-1>` of the identity that bypasses ACLs; none by default. */
  readonly superDigest?: string;
  readonly reconfigEnabled?: boolean;
  /** Further lines of zoo.cfg; ZooKeeper turns unknown keys into `zookeeper.<key>` system properties. */
  readonly config?: Readonly<Record<string, string>>;
}

const HOST = "127.0.0.1";
const JAR = "/usr/share/java/zookeeper.jar";
const ENVIRONMENT = "/usr/share/zookeeper/bin/zkEnv.sh";
const START_ATTEMPTS_MAX = 5;
const READY_DEADLINE_MS = 30_000;
const POLL_INTERVAL_MS = 50;
const ANSWER_DEADLINE_MS = 5_000;
/** A server on its way up may accept a connection and forget it. */
const POLL_ANSWER_DEADLINE_MS = 500;

/** Whether the Debian package `zookeeper` and a Java runtime are here. */
export function isZooKeeperInstalled(): boolean {
  return existsSync(JAR) && existsSync(javaCommand());
}

/** The class path that the Debian package's own scripts use. */
export function zooKeeperClassPath(): string {
  const found = /^CLASSPATH="?([^"\n]+)"?$/m.exec(readEnvironment());
  return found?.[1] ?? JAR;
}

export function javaCommand(): string {
  return /^JAVA=(\S+)$/m.exec(readEnvironment())?.[1] ?? "/usr/bin/java";
}

/** Resolves once the server answers `srvr` as a serving standalone server. Rejects when it does not within half a minute. */
export async function startZooKeeperServer(options: ZooKeeperServerOptions = {}): Promise<ZooKeeperServer> {
  for (let attempt = 1; ; attempt += 1) {
    const [port] = (await freePorts(1)) as [number];
    const directory = mkdtempSync(join(tmpdir(), "coterie-zookeeper-"));
    const child = launch(directory, writeConfig(directory, port, options), options.containerCheckIntervalMs ?? 60_000);
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const stop = async (): Promise<void> => {
      child.stdin?.destroy();
      await exited;
    };
    const outcome = await Promise.race([exited.then(() => "exited" as const), ready(port)]);
    if (outcome === "ready") return { host: HOST, port, ask: (word) => ask(port, word, ANSWER_DEADLINE_MS), stop };
    const log = readLog(directory);
    await stop();
    // Another process may have taken the port between the question and the bind.
    if (outcome === "exited" && attempt < START_ATTEMPTS_MAX) continue;
    throw new Error(`ZooKeeper did not start (${outcome}, attempt ${attempt}): ${log}`);
  }
}

function readEnvironment(): string {
  return existsSync(ENVIRONMENT) ? readFileSync(ENVIRONMENT, "utf8") : "";
}

function readLog(directory: string): string {
  try {
    return readFileSync(join(directory, "log"), "utf8");
  } catch {
    return "(no output)";
  }
}

function writeConfig(directory: string, port: number, options: ZooKeeperServerOptions): string {
  const data = join(directory, "data");
  mkdirSync(data);
  const tickTimeMs = options.tickTimeMs ?? 2000;
  const entries: Record<string, string> = {
    tickTime: String(tickTimeMs),
    dataDir: data,
    clientPort: String(port),
    clientPortAddress: HOST,
    minSessionTimeout: String(options.sessionTimeoutMinMs ?? 2 * tickTimeMs),
    maxSessionTimeout: String(options.sessionTimeoutMaxMs ?? 20 * tickTimeMs),
    maxClientCnxns: "0",
    "4lw.commands.whitelist": "*",
    "admin.enableServer": "false",
    extendedTypesEnabled: String(options.extendedTypesEnabled ?? true),
    enforceQuota: String(options.enforceQuota ?? false),
    reconfigEnabled: String(options.reconfigEnabled ?? false),
    ...(options.superDigest === undefined ? {} : { "DigestAuthenticationProvider.superDigest": options.superDigest }),
    ...options.config,
  };
  const lines = Object.entries(entries).map(([key, value]) => `${key}=${value}\n`);
  const file = join(directory, "zoo.cfg");
  writeFileSync(file, lines.join(""));
  return file;
}

/**
 * A shell stands between: it holds the other end of our pipe, so that when this process ends in any way,
 * SIGKILL included, the server is killed and its directory removed.
 */
const GUARD = `
directory=$1; shift
"$@" </dev/null >"$directory/log" 2>&1 &
server=$!
exec 3<&0
(cat <&3 >/dev/null; kill -KILL $server) >/dev/null 2>&1 &
wait $server
rm -rf "$directory"
`;

function launch(directory: string, configFile: string, containerCheckIntervalMs: number): ChildProcess {
  const flags = [
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    // The data is thrown away: nothing is gained by syncing it or by 64 MiB of zeros.
    "-Dzookeeper.forceSync=no",
    "-Dzookeeper.preAllocSize=1024",
    `-Dznode.container.checkIntervalMs=${containerCheckIntervalMs}`,
    "-Dznode.container.maxPerMinute=600000",
  ];
  const command = [javaCommand(), ...flags, "-cp", zooKeeperClassPath()];
  const main = "org.apache.zookeeper.server.ZooKeeperServerMain";
  const child = spawn("/bin/sh", ["-c", GUARD, "guard", directory, ...command, main, configFile], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.once("exit", () => {
    child.stdin?.destroy();
    rmSync(directory, { recursive: true, force: true });
  });
  return child;
}

/** Readiness comes from outside, without an event to wait for: so ask until the answer or the deadline. */
async function ready(port: number): Promise<"ready" | "deadline"> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (performance.now() < deadline) {
    const answer = await ask(port, "srvr", POLL_ANSWER_DEADLINE_MS).catch(() => "");
    if (answer.includes("Mode: standalone")) return "ready";
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
  return "deadline";
}

function ask(port: number, word: string, deadlineMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: HOST, port });
    let answer = "";
    socket.setEncoding("utf8");
    socket.setTimeout(deadlineMs, () => socket.destroy(new Error(`no answer to ${word}`)));
    socket.on("connect", () => socket.write(word));
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.on("end", () => {
      socket.destroy();
      resolve(answer);
    });
    socket.on("error", reject);
  });
}
