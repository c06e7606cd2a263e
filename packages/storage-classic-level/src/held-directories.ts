import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CoterieError } from "@coterie/storage-level";

/**
 * LevelDB's directories that are open in this process. Its lock belongs to the process, so this set does, too: a second
 * handle that asked LevelDB for the lock would be refused, but in closing the file would give the lock of the first one
 * free for every other process. And by another name of the directory it would not even be refused.
 */
const HELD = new Set<string>();

/**
 * Takes a directory for one handle; gives the function that lets go of it.
 *
 * @throws CoterieError STORE_LOCKED
 */
export async function holdDirectory(path: string): Promise<() => void> {
  const name = await realName(path);
  if (HELD.has(name)) {
    const advice = "close that one, or give this peer its own.";
    throw new CoterieError("STORE_LOCKED", `${path} is open already, by another handle in this process: ${advice}`);
  }
  HELD.add(name);
  return () => void HELD.delete(name);
}

/** One name for each directory, there or not. */
async function realName(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = await realpath(dirname(path)).catch(() => resolve(dirname(path)));
    return join(parent, basename(path));
  }
}
