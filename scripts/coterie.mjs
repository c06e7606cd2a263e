// npm run coterie -- <arguments>: the command, as it stands here. Paths are those of the directory it is called in.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { runMain, runNode } from "./lib/run.mjs";

runMain(async () => {
  await ensureInstalled();
  await ensureBuilt();
  const cwd = process.env["INIT_CWD"] ?? process.cwd();
  return runNode(`${root}packages/coterie/dist/bundle/coterie.cjs`, process.argv.slice(2), { cwd });
});
