// What faults of disks need, and not every machine gives.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SMALL_DISK = "256m";
const SOURCE = fileURLToPath(new URL("disk-faults.c", import.meta.url));

/** The shim under which disks fail and are slow; or why there is none. @param {string} directory @returns {{ library: string } | { reason: string }} */
export function buildShim(directory) {
  if (process.platform !== "linux") return { reason: "it needs Linux" };
  const library = join(directory, "disk-faults.so");
  try {
    execFileSync("cc", ["-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], { stdio: "pipe" });
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === "ENOENT") return { reason: "there is no C compiler" };
    throw error;
  }
  return { library };
}

/** A file system in memory of its own; or why there is none. @param {string} directory @returns {{ folder: string } | { reason: string }} */
export function mountSmallDisk(directory) {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return { reason: "only root on Linux may mount a disk" };
  const folder = join(directory, "small-disk");
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SMALL_DISK}`, "tmpfs", folder], { stdio: "pipe" });
  } catch {
    return { reason: "this root may not mount a disk" };
  }
  return { folder };
}

/** @param {string} folder */
export function unmountSmallDisk(folder) {
  execFileSync("umount", [folder], { stdio: "pipe" });
}
