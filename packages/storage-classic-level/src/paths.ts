import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** LevelDB's own directory inside of a store's; nothing else is in it. */
export function databasePath(location: string): string {
  return join(location, "db");
}

export function sidecarPath(location: string): string {
  return join(location, "sidecar");
}

/** Files without which a directory has never been a database. */
export function isDatabaseFile(name: string): boolean {
  return /^(MANIFEST-\d+|\d+\.(log|ldb|sst))$/.test(name);
}

/** The files in a directory, and nothing that is none: LevelDB's own repair leaves a directory in its own. */
export async function fileNamesIn(path: string): Promise<readonly string[]> {
  return (await entriesOf(path)).filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** All that is in a directory; nothing if there is none. */
export async function namesIn(path: string): Promise<readonly string[]> {
  return (await entriesOf(path)).map(({ name }) => name);
}

async function entriesOf(path: string): Promise<readonly { readonly name: string; isFile(): boolean }[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
