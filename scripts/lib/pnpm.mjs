import { existsSync } from "node:fs";
import { runNpm } from "./npm.mjs";
import { cache } from "./paths.mjs";
import { runNode, ScriptError } from "./run.mjs";

const PNPM_VERSION = "12.21.0";
const home = `${cache}pnpm-${PNPM_VERSION}`;
const entry = `${home}/node_modules/pnpm/bin/pnpm.mjs`;

/**
 * Runs the one version of pnpm that this repository uses. npm fetches it once into the cache; npx would ask the
 * registry again each time, and so would not start offline.
 *
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string }} [options]
 */
export async function runPnpm(args, options) {
  if (!existsSync(entry)) await fetchPnpm();
  return runNode(entry, args, options);
}

/** The file that `node` runs as pnpm; there once anything was installed. */
export const pnpmEntry = entry;

async function fetchPnpm() {
  const code = await runNpm([
    "install",
    `--prefix=${home}`,
    "--no-save",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--loglevel=error",
    `pnpm@${PNPM_VERSION}`,
  ]);
  if (code !== 0 || !existsSync(entry)) {
    throw new ScriptError(`pnpm ${PNPM_VERSION} could not be fetched. The first start needs the npm registry.`);
  }
}
