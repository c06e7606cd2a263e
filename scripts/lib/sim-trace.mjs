// The files into which npm run sim writes what happened.
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A file that cannot be written is found before the run, not after it. @param {{ kind: string, trace?: string | null }} command */
export function traceMistake({ kind, trace = null }) {
  if (kind !== "one" || trace === null) return null;
  try {
    mkdirSync(dirname(trace), { recursive: true });
    closeSync(openSync(trace, "a"));
    return null;
  } catch (error) {
    return `--trace ${trace}: say a file that can be written (${/** @type {Error} */ (error).message})`;
  }
}

/** @param {string} file @param {readonly string[]} lines */
export function writeTrace(file, lines) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join("\n")}\n`);
}
