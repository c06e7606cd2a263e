// Where servers keep their data, and at which ports they listen.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** On the disk of the repository: a temporary directory is often in memory. */
export const CACHE = fileURLToPath(new URL("../../../.cache/bench-compare/", import.meta.url));

/** Below the ports from which the system takes those of clients: a server that starts again finds its own still free. */
const PORT_FIRST = 20_000;
const PORT_LAST = 31_000;

const directories = new Set();
let nextPort = PORT_FIRST + Math.floor(Math.random() * (PORT_LAST - PORT_FIRST));

/** An empty directory. */
export function createDirectory(name) {
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(`${CACHE}${name}-`);
  directories.add(directory);
  return directory;
}

export function removeDirectory(directory) {
  directories.delete(directory);
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

export function removeDirectories() {
  for (const directory of directories) removeDirectory(directory);
}

/** Ports at which nobody listens. */
export async function freePorts(count) {
  const ports = [];
  while (ports.length < count) {
    const port = nextPort;
    nextPort = nextPort === PORT_LAST ? PORT_FIRST : nextPort + 1;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
