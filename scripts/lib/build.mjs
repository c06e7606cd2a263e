import { existsSync, readdirSync, rmSync } from "node:fs";
import { ensureBundled } from "./bundle.mjs";
import { root } from "./paths.mjs";
import { ScriptError } from "./run.mjs";
import { runTool } from "./tools.mjs";
import { workspaceFolders } from "./workspace.mjs";

/** Of no source of its own. */
const BUNDLE = "bundle";
const OUTPUT_SUFFIX = /\.(?:js|js\.map|d\.ts|d\.ts\.map)$/;

/** Compiles every package whose sources changed; tsc keeps its own record of that beside the output. */
export async function ensureBuilt() {
  for (const folder of workspaceFolders()) removeOrphans(`${root}${folder}`);
  const code = await runTool("tsc", ["-b", "tsconfig.build.json"]);
  if (code !== 0) throw new ScriptError("The build failed.");
  await ensureBundled();
}

/** tsc leaves the output of a deleted source behind, where it would still be packed. */
function removeOrphans(folder) {
  if (!existsSync(`${folder}/dist`)) return;
  for (const entry of readdirSync(`${folder}/dist`, { recursive: true, encoding: "utf8" })) {
    if (!OUTPUT_SUFFIX.test(entry) || entry.startsWith(BUNDLE)) continue;
    if (!existsSync(`${folder}/src/${entry.replace(OUTPUT_SUFFIX, ".ts")}`)) rmSync(`${folder}/dist/${entry}`);
  }
}
