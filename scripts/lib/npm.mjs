import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run, runNode, ScriptError } from "./run.mjs";

/**
 * npm's own entry point in JavaScript, so that it runs without a shell on Windows too: the npm that started this
 * script, else the one that was installed beside Node.js.
 *
 * @returns {string | undefined}
 */
export function findNpm() {
  const bin = dirname(process.execPath);
  const candidates = [
    process.env["npm_execpath"] ?? "",
    join(bin, "node_modules/npm/bin/npm-cli.js"),
    join(bin, "../lib/node_modules/npm/bin/npm-cli.js"),
    "/usr/share/nodejs/npm/bin/npm-cli.js",
  ];
  // Another package manager may have started us; its entry point does not take npm's arguments.
  return candidates.find((file) => basename(file) === "npm-cli.js" && existsSync(file));
}

/**
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string }} [options]
 */
export function runNpm(args, options) {
  const npm = findNpm();
  if (npm !== undefined) return runNode(npm, args, options);
  // Windows knows npm as a batch file, which only a shell may start; no argument of ours needs quoting.
  return run("npm", args, { ...options, shell: process.platform === "win32" });
}

/** Installs one package, without its scripts, into a folder of its own. */
export async function installForeign(spec, folder) {
  const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
  const code = await runNpm(["install", `--prefix=${folder}`, "--ignore-scripts", ...quiet, spec]);
  if (code !== 0) throw new ScriptError(`npm could not fetch ${spec}. This needs the npm registry, once.`);
}
