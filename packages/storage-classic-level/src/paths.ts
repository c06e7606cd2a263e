import type { Dirent } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CoterieError } from "@coterie/storage-level";

/** LevelDB's own directory inside of a store's; nothing else is in it. */
export function databasePath(location: string): string {
  return join(location, "db");
}

/** The journal's own directory, likewise. */
export function journalPath(location: string): string {
  return join(location, "log");
}

export function sidecarPath(location: string): string {
  return join(location, "sidecar");
}

/** Files without which a directory has never been a database. */
export function isDatabaseFile(name: string): boolean {
  return /^(MANIFEST-\d+|\d+\.(log|ldb|sst))$/.test(name);
}

/**
 * What is in a directory and is none: LevelDB's own repair leaves one in its own. A link counts as what it leads to, and is there even
 * if that is not.
 */
export async function fileNamesIn(path: string): Promise<readonly string[]> {
  const names = (await entriesOf(path)).map(async (entry) => {
    const isDirectory = entry.isSymbolicLink() ? await leadsToDirectory(join(path, entry.name)) : entry.isDirectory();
    return isDirectory ? [] : [entry.name];
  });
  return (await Promise.all(names)).flat();
}

async function leadsToDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** All that is in a directory; nothing if there is none. */
export async function namesIn(path: string): Promise<readonly string[]> {
  return (await entriesOf(path)).map(({ name }) => name);
}

async function entriesOf(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    if (await isThere(path)) {
      const advice = "Nothing was changed: mount what it leads to, or set the database aside.";
      throw new CoterieError("STORE_CORRUPT", `${path} is a link that leads nowhere. ${advice}`, { cause: error });
    }
    return [];
  }
}

/** Also a link that leads nowhere, to a disk that is not mounted for example. */
async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
