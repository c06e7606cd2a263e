// npm run fuzz -- [seconds each] [target ...], or
// npm run fuzz -- --executions count [--seed text] [target ...]: looks for bytes that break a decoder, or the handshake of peers.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { runMain, runNode } from "./lib/run.mjs";

runMain(async () => {
  await ensureInstalled();
  await ensureBuilt();
  return runNode(`${root}test/fuzz/run.mjs`, process.argv.slice(2));
});
