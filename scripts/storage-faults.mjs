// npm run storage-faults -- [--images N] [--seed S]: what becomes of stores on disk that crash or are hurt, as a matrix.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { readOptions, UsageError } from "./lib/read-options.mjs";
import { runMain } from "./lib/run.mjs";
import { runTool } from "./lib/tools.mjs";

const USAGE =
  "npm run storage-faults -- [--images 1000] [--seed S]: what becomes of stores on disk that crash or are hurt";
const OPTIONS = /** @type {const} */ ({ images: { type: "string", default: "1000" }, seed: { type: "string" } });

/** @param {{ values: Record<string, string> }} parsed @returns {Record<string, string>} */
function environmentOf({ values: { images = "", seed } }) {
  const env = { COTERIE_FAULT_IMAGES: wholeOf("images", images), COTERIE_TEST_LONG: "1" };
  return seed === undefined ? env : { ...env, COTERIE_FAULT_SEED: wholeOf("seed", seed) };
}

/** @param {string} name @param {string} text */
function wholeOf(name, text) {
  if (/^\d+$/.test(text)) return text;
  throw new UsageError(`--${name} is ${text}, and has to be a whole number`);
}

runMain(async () => {
  const env = readOptions(USAGE, { options: OPTIONS }, environmentOf);
  await ensureInstalled();
  await ensureBuilt();
  return runTool("vitest", ["run", "test/storage-faults", "--disable-console-intercept"], { env });
});
