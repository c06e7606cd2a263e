// npm run mutants -- [--seeds N] [--rounds N] [--jobs N] [name ...]: whether the simulator notices planted bugs.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { runMain, runNode } from "./lib/run.mjs";

runMain(async () => {
  await ensureInstalled();
  await ensureBuilt();
  return runNode(`${root}test/mutants/run.mjs`, process.argv.slice(2));
});
