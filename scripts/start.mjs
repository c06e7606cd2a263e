// npm start: installs and builds what changed, then runs the main job: three peers in three processes, which are
// put to work and to the test before your eyes.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { readOptions } from "./lib/read-options.mjs";
import { runMain, runNode } from "./lib/run.mjs";

const USAGE = `npm start [-- --stay]: three peers in three processes on this machine, put to work and to the test before your eyes

  --stay    does not end where there is no terminal, either`;

runMain(async () => {
  const options = /** @type {const} */ ({ stay: { type: "boolean" } });
  readOptions(USAGE, { options }, () => undefined);
  await ensureInstalled();
  await ensureBuilt();
  return runNode(`${root}examples/three-peers/show.mjs`, process.argv.slice(2));
});
