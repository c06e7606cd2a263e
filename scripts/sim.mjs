// npm run sim -- [--level a|b] [--seeds N] [--seed S] ...: whole ensembles under faults, from seeds (docs/simulation.md).
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { runMain } from "./lib/run.mjs";

runMain(async () => {
  const args = process.argv.slice(2);
  const at = args.indexOf("--level");
  const [, level = null] = at < 0 ? ["--level", "a"] : args.splice(at, 2);
  if (level !== "a" && level !== "b") {
    console.error(`--level ${level ?? "without a value"}: say --level a or --level b`);
    return 2;
  }
  await ensureInstalled();
  await ensureBuilt();
  if (level === "b") {
    const { simulateLevelB } = await import("./lib/sim-level-b.mjs");
    return simulateLevelB(args);
  }
  const { simulate } = await import("./lib/sim-run.mjs");
  return simulate(args);
});
