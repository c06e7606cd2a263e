import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, root, runNode, writeFiles } from "./install-packed.mjs";

export function createFolder(): string {
  return mkdtempSync(join(tmpdir(), "coterie-packages-"));
}

/** Type-checks `file` of a project, and every declaration that it reaches, with our compiler. */
export function checkTypes(
  folder: string,
  file: string,
  options: Readonly<Record<string, unknown>>,
): Promise<Finished> {
  const compilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: false,
    target: "es2023",
    lib: ["es2023"],
    types: [],
    ...options,
  };
  const config = `tsconfig.${readdirSync(folder).length}.json`;
  writeFiles(folder, { [config]: JSON.stringify({ compilerOptions, files: [file] }) });
  return runNode(join(root, "node_modules/typescript/bin/tsc"), ["-p", config], folder);
}

export function readManifest(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
}
