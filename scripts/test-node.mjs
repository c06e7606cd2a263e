// npm run test:node -- <major>: the suite under another version of Node.js, which npm fetches into the cache once.
import { existsSync } from "node:fs";
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { findNpm, installForeign } from "./lib/npm.mjs";
import { cache } from "./lib/paths.mjs";
import { runMain, runNode, ScriptError } from "./lib/run.mjs";
import { TOOLS } from "./lib/tools.mjs";

// 20 stands for the oldest that is supported.
const VERSIONS = { 20: "20.19.0", 22: "22.23.3", 24: "24.21.0" };

runMain(async () => {
  const [major = "", ...args] = process.argv.slice(2);
  const version = VERSIONS[major];
  if (version === undefined) {
    throw new ScriptError(`Usage: npm run test:node -- ${Object.keys(VERSIONS).join(" | ")} [arguments of vitest]`);
  }
  await ensureInstalled();
  await ensureBuilt();
  const node = await ensureNode(version);
  // The other Node.js comes without npm; tests that install something use ours.
  const env = { npm_execpath: findNpm() ?? "" };
  return runNode(TOOLS.vitest, ["run", ...args], { node, env });
});

/** The path of that Node.js. The packages that hold one binary each need no install script, unlike `node`. */
async function ensureNode(version) {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const home = `${cache}node-${version}`;
  const binary = `${home}/node_modules/${name}/bin/node${process.platform === "win32" ? ".exe" : ""}`;
  if (!existsSync(binary)) await installForeign(`${name}@${version}`, home);
  if (!existsSync(binary)) throw new ScriptError(`Node.js ${version} for this platform could not be fetched.`);
  return binary;
}
