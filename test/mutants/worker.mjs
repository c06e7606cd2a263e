// One mutant, or with no name the intact code, over seeds up to the first failure, or over states of the exhaustive
// check: a line of JSON before each seed, and one at the end. Arguments: the folder of the copied packages, the mutant,
// then "seeds", the first, how many, their world's options as JSON, and "recipes" if it is these that run; or "states" and how many for each bound and order.
import { register } from "node:module";
import { pathToFileURL } from "node:url";

const [folder = "", name = ""] = process.argv.slice(2);
const [work = "seeds", ...numbers] = process.argv.slice(4);
const [first = 0, count = 0] = numbers.slice(0, 2).map(Number);
const overrides = JSON.parse(numbers[2] ?? "{}");
const level = numbers[3] ?? "";
if (name !== "") register("./hooks.mjs", import.meta.url, { data: { name, folder } });
const importCopy = (/** @type {string} */ file) => import(pathToFileURL(folder + file).href);

const tell = (/** @type {object} */ line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function failureOf(/** @type {() => object | null} */ run) {
  try {
    return run();
  } catch (error) {
    return { name: "thrown", message: String(error) };
  }
}

/** Bounds of the exhaustive check, each tried in some orders as far as `statesMax`. */
const ORDERS = 3;
const BOUNDS = [
  { txns: 2, crashes: 1 },
  { txns: 1, crashes: 1, restarts: 1, reconnects: 1 },
  { txns: 2, crashes: 2, restarts: 1 },
  { txns: 2, crashes: 2, restarts: 1, ticks: 2, reconnects: 1 },
];

async function runExhaustive(/** @type {number} */ statesMax) {
  const { exploreWithin } = await importCopy("test/exhaustive/explore.mjs");
  for (let seed = 1; seed <= ORDERS; seed++) {
    for (const bounds of BOUNDS) {
      tell({ running: 0 });
      const failure = failureOf(() => exploreWithin(bounds, { statesMax, seed }, seed % 3 === 0).failure);
      if (failure !== null) return { seed: 0, failure: { name: "exhaustive", ...failure } };
    }
  }
  return { seed: 0, failure: null };
}

async function runSeeds() {
  const { runLevelB, runSeed } = await importCopy("packages/simulator/dist/index.js");
  for (let seed = first; seed < first + count; seed++) {
    tell({ running: seed });
    const failure =
      level === "recipes"
        ? (await runLevelB(seed, { overrides, workload: "recipes" })).failure
        : failureOf(() => runSeed(seed, { overrides }).failure);
    if (failure !== null) return { seed, failure };
  }
  return { seed: first + count, failure: null };
}

tell(work === "states" ? await runExhaustive(first) : await runSeeds());
