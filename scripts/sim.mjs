// npm run sim -- [--seeds N] [--seed S] ...: whole ensembles under faults, from seeds (docs/simulation.md).
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { runMain } from "./lib/run.mjs";

runMain(async () => {
  await ensureInstalled();
  await ensureBuilt();
  const { simulate } = await import("./lib/sim-run.mjs");
  return simulate(process.argv.slice(2));
});
