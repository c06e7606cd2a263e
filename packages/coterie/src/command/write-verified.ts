import { type BackupHeader, verifyBackup } from "@coterie/peer";
import { createReadStream, existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** @throws Error if there is something at `path`. */
export function refuseExisting(path: string): void {
  if (existsSync(path)) throw new Error(`${path} is there already: nothing is written over; name another file`);
}

/**
 * Writes a backup to `path`: under another name first, and read again from there, so that what bears the name is whole and on the disk.
 * Gives its size beside what it is of.
 */
export async function writeVerified(
  backup: AsyncIterable<Uint8Array>,
  path: string,
): Promise<{ readonly header: BackupHeader; readonly sizeBytes: number }> {
  const part = `${path}.part`;
  try {
    const sizeBytes = await writeSynced(backup, part);
    const header = await verifyBackup(createReadStream(part));
    refuseExisting(path);
    await rename(part, path);
    await syncDirectory(dirname(path));
    return { header, sizeBytes };
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeSynced(pieces: AsyncIterable<Uint8Array>, path: string): Promise<number> {
  // Readable for its owner alone: it holds all that the ensemble holds.
  const file = await open(path, "w", 0o600);
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

/** Not everywhere can a directory be opened; where it cannot, its entries are synced with it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => null);
  try {
    await directory?.sync().catch(() => undefined);
  } finally {
    await directory?.close();
  }
}
