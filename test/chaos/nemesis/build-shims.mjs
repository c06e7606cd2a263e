import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SHIMS = ["disk-faults", "clock-jumps"];

/**
 * What is loaded into a process before anything else, so that its disk fails and is slow and its clock jumps; or why there is
 * none. `preload` is for LD_PRELOAD.
 *
 * @param {string} directory @returns {{ preload: string } | { reason: string }}
 */
export function buildShims(directory) {
  if (process.platform !== "linux") return { reason: "it needs Linux" };
  const libraries = SHIMS.map((name) => ({
    source: fileURLToPath(new URL(`${name}.c`, import.meta.url)),
    library: join(directory, `${name}.so`),
  }));
  try {
    for (const { source, library } of libraries)
      execFileSync("cc", ["-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], { stdio: "pipe" });
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === "ENOENT") return { reason: "there is no C compiler" };
    throw error;
  }
  return { preload: libraries.map(({ library }) => library).join(":") };
}
