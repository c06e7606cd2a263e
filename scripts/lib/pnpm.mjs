import { existsSync } from "node:fs";
import { installForeign } from "./npm.mjs";
import { cache } from "./paths.mjs";
import { runNode } from "./run.mjs";

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
  if (!existsSync(entry)) await installForeign(`pnpm@${PNPM_VERSION}`, home);
  return runNode(entry, args, options);
}
