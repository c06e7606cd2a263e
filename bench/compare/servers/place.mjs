// Where servers keep their data.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** On the disk of the repository: a temporary directory is often in memory. */
export const CACHE = fileURLToPath(new URL("../../../.cache/bench-compare/", import.meta.url));

const directories = new Set();

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
