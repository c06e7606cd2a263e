// npm run storage-faults -- [--images N] [--seed S]: what becomes of stores on disk that crash or are hurt, as a matrix.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { runMain, ScriptError } from "./lib/run.mjs";
import { runTool } from "./lib/tools.mjs";

const USAGE = "Usage: npm run storage-faults -- [--images N] [--seed S]";
const VARIABLES = new Map([
  ["--images", "COTERIE_FAULT_IMAGES"],
  ["--seed", "COTERIE_FAULT_SEED"],
]);

runMain(async () => {
  /** @type {Record<string, string>} */
  const env = { COTERIE_FAULT_IMAGES: "1000", COTERIE_TEST_LONG: "1" };
  const args = process.argv.slice(2);
  for (let index = 0; index < args.length; index += 2) {
    const variable = VARIABLES.get(args[index] ?? "");
    const value = args[index + 1] ?? "";
    if (variable === undefined || !/^\d+$/.test(value)) throw new ScriptError(USAGE);
    env[variable] = value;
  }
  await ensureInstalled();
  await ensureBuilt();
  return runTool("vitest", ["run", "test/storage-faults", "--disable-console-intercept"], { env });
});
