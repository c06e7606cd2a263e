// One process at a time. Each has a lock file of its own, named for itself: whoever has made one looks for those of others,
// and takes its own away again if one of them belongs to a process that is alive. So two that come at the same time may both
// be refused, but never both be let in; and a file that a dead process has left is in nobody's way and needs no taking over.
// It holds among processes that see each other: on one machine, and in one container.
import { randomUUID } from "node:crypto";
import { open, readdir, readFile, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Behind the name of the lock: the process, its start, and what makes the file the only one of that name for ever. */
const NAME = /^\.(\d+)\.([^.]+)\.[0-9a-f-]{36}$/;
const UNKNOWN = "unknown";

/**
 * Gives the function that lets go.
 *
 * @param {string} path
 * @returns {Promise<() => Promise<void>>}
 */
export async function lock(path) {
  const own = `${path}.${process.pid}.${await startOf(process.pid)}.${randomUUID()}`;
  const letGo = async () => unlink(own).catch(() => undefined);
  await (await open(own, "wx")).close();
  try {
    for (const name of await readdir(dirname(path))) {
      const other = join(dirname(path), name);
      const [, pid, start] = (name.startsWith(basename(path)) && NAME.exec(name.slice(basename(path).length))) || [];
      if (pid === undefined || other === join(own)) continue;
      if (await isAlive(Number(pid), start)) {
        throw Object.assign(new Error(`process ${pid} holds ${other}`), { code: "LEVEL_LOCKED" });
      }
      await unlink(other).catch(() => undefined);
    }
  } catch (error) {
    await letGo();
    throw error;
  }
  return letGo;
}

/** Whether it is the same process, and not a later one of that number. @param {number} pid @param {string | undefined} start */
async function isAlive(pid, start) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code !== "EPERM") return false;
  }
  const found = await startOf(pid);
  return found === start || found === UNKNOWN;
}

/**
 * When a process has started, as Linux says it: in ticks since a boot, and which boot that was. Elsewhere the number of a
 * process has to do: a file that was left may then seem to be of whoever has the number now, and is to be removed by hand.
 *
 * @param {number} pid
 */
export async function startOf(pid) {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // Behind the name of the program, which may hold anything, it is the twentieth word.
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${start}-${boot.trim()}`;
  } catch {
    return UNKNOWN;
  }
}
