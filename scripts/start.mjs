// npm start: installs and builds what changed, then runs the main job: three peers in three processes, which are
// put to work and to the test before your eyes.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { runMain, runNode } from "./lib/run.mjs";

runMain(async () => {
  await ensureInstalled();
  await ensureBuilt();
  return runNode(`${root}examples/three-peers/show.mjs`, process.argv.slice(2));
});
