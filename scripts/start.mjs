// npm start: installs and builds what changed, then runs the main job. Until the peer exists, that is a scripted tour
// of the state machine.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { runMain, runNode } from "./lib/run.mjs";

runMain(async () => {
  await ensureInstalled();
  await ensureBuilt();
  return runNode(`${root}examples/state-machine-tour/tour.mjs`, process.argv.slice(2));
});
