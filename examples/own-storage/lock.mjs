import { readFile, unlink, writeFile } from "node:fs/promises";

/**
 * Holds a file that names this process; gives the function that lets go. One that a dead process has left is taken over.
 *
 * @param {string} path
 * @returns {Promise<() => Promise<void>>}
 */
export async function lock(path) {
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
  } catch (error) {
    const holder = Number(await readFile(path, "utf8").catch(() => ""));
    if (holder === 0 || isAlive(holder)) {
      throw Object.assign(new Error(`${path} is held by process ${holder}`), { code: "LEVEL_LOCKED", cause: error });
    }
    await unlink(path);
    return lock(path);
  }
  return () => unlink(path);
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
