import { arch, freemem, homedir, hostname, platform, release, tmpdir, totalmem, userInfo } from "node:os";
import { dirname } from "node:path";
import type { WordServer } from "./word-server.ts";

const MEBIBYTE = 2 ** 20;

/** `envi`: ZooKeeper's names, with what Node.js has in Java's place. */
export function environmentLines({ facts }: WordServer): string {
  const lines: (readonly [string, string])[] = [
    ["zookeeper.version", facts.version],
    ["host.name", hostname()],
    ["java.version", process.version],
    ["java.vendor", "Node.js"],
    ["java.home", dirname(process.execPath)],
    ["java.class.path", ""],
    ["java.library.path", ""],
    ["java.io.tmpdir", tmpdir()],
    ["java.compiler", "<NA>"],
    ["os.name", platform()],
    ["os.arch", arch()],
    ["os.version", release()],
    ["user.name", userNameOf()],
    ["user.home", homedir()],
    ["user.dir", process.cwd()],
    ["os.memory.free", `${Math.floor(freemem() / MEBIBYTE)}MB`],
    ["os.memory.max", `${Math.floor(totalmem() / MEBIBYTE)}MB`],
    ["os.memory.total", `${Math.floor(totalmem() / MEBIBYTE)}MB`],
  ];
  return `Environment:\n${lines.map(([name, value]) => `${name}=${value}\n`).join("")}`;
}

/** A process may run as a user that the system has no entry for. */
function userNameOf(): string {
  try {
    return userInfo().username;
  } catch {
    return "?";
  }
}
