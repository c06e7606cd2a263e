// Packages as a stranger gets them: packed as publishing would, installed by npm.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {import("./install-packed.d.mts").PackedPackage} PackedPackage */

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** @param {string} file @param {readonly string[]} args @returns {Promise<import("./install-packed.d.mts").Finished>} */
export function runNode(file, args, cwd = root) {
  // A foreign setting of the one who runs the tests, such as a loader, is no part of what is tested.
  const env = { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", FORCE_COLOR: "0" };
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

/** @param {string} folder @param {readonly string[]} names @returns {Promise<PackedPackage[]>} */
export async function packAll(folder, names) {
  const filters = names.map((name) => `--filter=./packages/${name}`);
  const filter = [...filters, "pack", "--json", `--pack-destination=${folder}`];
  const { code, output } = await runNode(join(root, "scripts/pnpm.mjs"), filter);
  if (code !== 0) throw new Error(`pnpm pack failed:\n${output}`);
  /** @type {{ name: string, filename: string, files: { path: string }[] }[]} */
  const packed = JSON.parse(output.slice(output.indexOf("[")));
  return packed.map(({ name, filename, files }) => ({
    name,
    tarball: filename,
    files: files.map((file) => file.path).toSorted(),
  }));
}

/** @param {string} folder @param {Readonly<Record<string, string>>} files */
export function writeFiles(folder, files) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** @param {string} folder @param {readonly PackedPackage[]} packages */
export async function createProject(folder, packages) {
  const dependencies = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const overrides = Object.fromEntries(packages.map(({ name }) => [name, `$${name}`]));
  const manifest = { name: "stranger", version: "1.0.0", private: true, dependencies, overrides };
  writeFiles(folder, { "package.json": JSON.stringify(manifest) });
  const args = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  const { code, output } = await runNode(join(root, "scripts/npm.mjs"), [`--prefix=${folder}`, ...args], folder);
  if (code !== 0) throw new Error(`npm install failed:\n${output}`);
}
