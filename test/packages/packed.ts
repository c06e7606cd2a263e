import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

export interface Finished {
  readonly code: number;
  readonly output: string;
}

/** Runs a JavaScript file with this Node.js; an exit code other than 0 is a result, not a throw. */
export function runNode(file: string, args: readonly string[], cwd: string = root): Promise<Finished> {
  // A foreign setting of the one who runs the tests, such as a loader, is no part of what is tested.
  const env = { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", FORCE_COLOR: "0" };
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

export interface PackedPackage {
  readonly name: string;
  readonly tarball: string;
  /** The files in the tarball, relative to the package. */
  readonly files: readonly string[];
}

/**
 * Packs packages, named by their folders, as `pnpm publish` would, from what stands in `dist` now. Publishing skips the
 * private ones; packing would not.
 */
export async function packAll(folder: string, names: readonly string[]): Promise<PackedPackage[]> {
  const filters = names.map((name) => `--filter=./packages/${name}`);
  const filter = [...filters, "pack", "--json", `--pack-destination=${folder}`];
  const { code, output } = await runNode(join(root, "scripts/pnpm.mjs"), filter);
  if (code !== 0) throw new Error(`pnpm pack failed:\n${output}`);
  const packed = JSON.parse(output.slice(output.indexOf("["))) as {
    name: string;
    filename: string;
    files: { path: string }[];
  }[];
  return packed.map(({ name, filename, files }) => ({
    name,
    tarball: filename,
    files: files.map((file) => file.path).sort(),
  }));
}

export function createFolder(): string {
  return mkdtempSync(join(tmpdir(), "coterie-packages-"));
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/**
 * An empty project that has the packed packages installed by npm. The overrides turn each dependency between our packages to
 * its tarball as well; the registry is asked for those of others alone.
 */
export async function createProject(folder: string, packages: readonly PackedPackage[]): Promise<void> {
  const dependencies = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const overrides = Object.fromEntries(packages.map(({ name }) => [name, `$${name}`]));
  const manifest = { name: "stranger", version: "1.0.0", private: true, dependencies, overrides };
  writeFiles(folder, { "package.json": JSON.stringify(manifest) });
  const args = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  const { code, output } = await runNode(join(root, "scripts/npm.mjs"), [`--prefix=${folder}`, ...args], folder);
  if (code !== 0) throw new Error(`npm install failed:\n${output}`);
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
