import { type BackupHeader, verifyBackup } from "@coterie/peer";
import { createReadStream, lstatSync } from "node:fs";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** @throws Error if there is something at `path`. */
export function refuseExisting(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  throw new Error(`${path} is there already: nothing is written over; name another file`);
}

/**
 * Writes a backup to `path`: under another name first, and read again from there, so that what bears the name is whole and on the disk.
 * Gives its size beside what it is of. Rejects if either name is taken.
 */
export async function writeVerified(
  backup: AsyncIterable<Uint8Array>,
  path: string,
): Promise<{ readonly header: BackupHeader; readonly sizeBytes: number }> {
  const part = `${path}.part`;
  const file = await openNew(part, "another backup is being written there, or one was cut short: then remove it");
  try {
    const sizeBytes = await fill(file, backup);
    const header = await verifyBackup(createReadStream(part));
    await publish(part, path);
    await syncDirectory(dirname(path));
    return { header, sizeBytes };
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Writes `text` to a new file; it is on the disk then. What fails leaves none. */
export async function writeNew(text: string, path: string): Promise<void> {
  const file = await openNew(path, "nothing is written over");
  try {
    await fill(file, [Buffer.from(text)]);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Never one that is there, or where a link that is there leads to. Readable for its owner alone: it tells what the ensemble holds. */
async function openNew(path: string, advice: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error(`${path} is there already: ${advice}`, { cause: error });
  }
}

/** Gives how many bytes; they are on the disk then, and the file is closed. */
async function fill(file: FileHandle, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
  let sizeBytes = 0;
  try {
    for await (const piece of pieces) {
      await file.writeFile(piece);
      sizeBytes += piece.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return sizeBytes;
}

/** A second name takes the place of nothing, whoever else has made `path` meanwhile; a rename would. */
async function publish(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
  } catch {
    refuseExisting(path);
    // There are file systems on which a file has one name only.
    await rename(part, path);
    return;
  }
  await rm(part);
}

/** Not everywhere can a directory be opened; where it cannot, its entries are synced with it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => null);
  try {
    await directory?.sync().catch(() => undefined);
  } finally {
    await directory?.close();
  }
}
