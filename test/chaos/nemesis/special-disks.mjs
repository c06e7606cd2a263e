// What faults of disks need, and not every machine gives.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const SMALL_DISK = "256m";

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
