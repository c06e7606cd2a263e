// npm run test:differential -- [runs] [seed]: random command sequences, ours against a real Apache ZooKeeper.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { runMain, ScriptError } from "./lib/run.mjs";
import { runTool } from "./lib/tools.mjs";

runMain(async () => {
  const [runs = "500", seed] = process.argv.slice(2);
  // No number of runs would be none, and pass.
  if (!/^[1-9]\d*$/.test(runs) || (seed !== undefined && !/^-?\d+$/.test(seed))) {
    throw new ScriptError("Usage: npm run test:differential -- [runs] [seed], both numbers");
  }
  const env = { COTERIE_DIFFERENTIAL_RUNS: runs, ...(seed === undefined ? {} : { COTERIE_DIFFERENTIAL_SEED: seed }) };
  await ensureInstalled();
  await ensureBuilt();
  return runTool("vitest", ["run", "test/interop/differential"], { env });
});
