import { spawnSync } from "node:child_process";

/** Debian's packages are seen by its own Python, which need not be the first one. */
const CANDIDATES = ["python3", "/usr/bin/python3"];

/** A Python that has the module; undefined if none has. */
export function findPython(module: string): string | undefined {
  return CANDIDATES.find((python) => spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0);
}
