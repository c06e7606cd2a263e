// npm run exhaustive -- [--minutes N]: every order of events of three peers within bounds, on the real consensus.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { run, runMain } from "./lib/run.mjs";

/** Tens of millions of states take 8 bytes each; what a peer can be takes a few KiB each. */
const HEAP_MIB = 8192;

runMain(async () => {
  await ensureInstalled();
  await ensureBuilt();
  const script = `${root}test/exhaustive/run.mjs`;
  return run(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, script, ...process.argv.slice(2)]);
});
