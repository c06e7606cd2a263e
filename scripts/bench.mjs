// npm run bench -- <name>: runs bench/<name>.mjs against the built packages.
import { readdirSync } from "node:fs";
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { run, runMain, ScriptError } from "./lib/run.mjs";

runMain(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  const names = readdirSync(`${root}bench`).flatMap((file) => (file.endsWith(".mjs") ? [file.slice(0, -4)] : []));
  if (!names.includes(name)) throw new ScriptError(`Usage: npm run bench -- ${names.join(" | ")}`);
  await ensureInstalled();
  await ensureBuilt();
  // Memory is measured after a full collection, which only this flag lets a program ask for.
  return run(process.execPath, ["--expose-gc", `${root}bench/${name}.mjs`, ...args]);
});
