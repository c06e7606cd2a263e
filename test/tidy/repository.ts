import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** What git ignores, and git itself. */
const IGNORED: ReadonlySet<string> = new Set(["node_modules", "dist", ".build", ".git", ".cache", "coverage"]);
const TEXT = /(?:\.(?:ts|mts|mjs|js|json|md|yaml|yml|txt|sh|c|py|java)|\/run|LICENSE|\.[a-z]+(?:rc|config|ignore))$/;

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export function readText(path: string): string {
  return readFileSync(root + path, "utf8");
}

/** Reads JSON in which whole lines may be comments. */
export function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readText(path).replaceAll(/^\s*\/\/.*$/gm, "")) as Record<string, unknown>;
}

export function exists(path: string): boolean {
  return existsSync(root + path);
}

export function listFolders(path: string): string[] {
  if (!exists(path)) return [];
  return readdirSync(root + path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && exists(`${path}/${entry.name}/package.json`))
    .map((entry) => entry.name)
    .sort();
}

/** Every text file below `path` that is not ignored. */
export function listFiles(path: string = ""): SourceFile[] {
  const files: SourceFile[] = [];
  for (const entry of readdirSync(root + path, { withFileTypes: true })) {
    if (IGNORED.has(entry.name)) continue;
    const child = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) files.push(...listFiles(child));
    else if (entry.isFile() && TEXT.test(`/${child}`)) files.push({ path: child, text: readText(child) });
  }
  return files;
}

export const packageNames: readonly string[] = listFolders("packages");

export function sourcesOf(packageName: string): SourceFile[] {
  return listFiles(`packages/${packageName}/src`).filter((file) => file.path.endsWith(".ts"));
}
