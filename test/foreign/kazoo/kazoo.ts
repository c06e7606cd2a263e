import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { InputPiece, Program } from "../run-program.ts";

/** Debian's, and so is the interpreter that finds it. */
const PYTHON = "/usr/bin/python3";
const KAZOO = "/usr/lib/python3/dist-packages/kazoo";

export function isKazooInstalled(): boolean {
  return existsSync(PYTHON) && existsSync(KAZOO);
}

export function python(script: URL, args: readonly string[], input: readonly InputPiece[] = []): Program {
  return { command: PYTHON, args: [fileURLToPath(script), ...args], input };
}
