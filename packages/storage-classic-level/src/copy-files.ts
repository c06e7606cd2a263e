import { constants, copyFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CoterieError } from "@coterie/storage-level";
import { databasePath, fileNamesIn, journalPath, sidecarPath } from "./paths.ts";

export interface CopiedFile {
  readonly from: string;
  readonly to: string;
}

/** Shares blocks with the original where the file system can. */
export async function copyFiles(files: readonly CopiedFile[]): Promise<void> {
  for (const { from, to } of files) await copyFile(from, to, constants.COPYFILE_FICLONE);
}

/** All files of a directory but for LevelDB's LOCK: whoever opens and closes that one may let go of a lock that others hold. */
export async function filesIn(from: string, to: string): Promise<CopiedFile[]> {
  const names = (await fileNamesIn(from)).filter((name) => name !== "LOCK");
  for (const name of names) await refuseOther(join(from, name));
  return names.map((name) => ({ from: join(from, name), to: join(to, name) }));
}

/** The files of a store, all that counts of them, and where they would stand in a copy at `to`. */
export async function storeFiles(from: string, to: string): Promise<CopiedFile[]> {
  const files = [
    ...(await filesIn(databasePath(from), databasePath(to))),
    ...(await filesIn(journalPath(from), journalPath(to))),
  ];
  const isThere = (await fileNamesIn(from)).includes("sidecar");
  return isThere ? [...files, { from: sidecarPath(from), to: sidecarPath(to) }] : files;
}

/** Differs once any of the files has changed. */
export async function listingOf(files: readonly CopiedFile[]): Promise<string> {
  const lines = files.map(async ({ from }) => {
    const { size, mtimeMs } = await stat(from);
    return `${from} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(lines)).sort().join("\n");
}

/** To read a pipe, say, may take for ever. What is not there is found by whoever reads it. */
async function refuseOther(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found !== null && !found.isFile()) {
    throw new CoterieError("STORE_CORRUPT", `${path} is no regular file: put the file back, or set the database aside`);
  }
}
