// npm run mutants -- [--seeds N] [--rounds N] [--jobs N] [--states N] [name ...]: plants each bug in a copy of the built packages and
// runs the simulator until it notices. Exits with 1 if a safety or recipe mutant lives, or if the intact code fails.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { numberOf, readOptions, UsageError } from "../../scripts/lib/read-options.mjs";
import { copyPackages } from "./copy-packages.mjs";
import { MUTANTS } from "./mutants.mjs";
import { compiledFileOf, plant } from "./plant.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** A seed that takes as long as this has no end. */
const SEED_MAX_MS = 120_000;
/** Rounds begin this many seeds apart. */
const ROUND_SPAN = 1_000_000;

/**
 * Runs seeds in a process of its own, up to the first failure.
 *
 * @returns {Promise<{ seed: number, failure: string | null }>} where it ended, and of what
 */
async function runWorker(folder, name, work) {
  const args = [`${folder}test/mutants/worker.mjs`, folder, name, ...work.map(String)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let isHanging = false;
  const kill = () => {
    isHanging = true;
    child.kill("SIGKILL");
  };
  let running = -1;
  /** @type {{ seed: number, failure: string | null } | null} */
  let end = null;
  let timer = setTimeout(kill, SEED_MAX_MS);
  const hasEnded = new Promise((resolve) => child.once("close", resolve));
  for await (const text of createInterface({ input: child.stdout })) {
    clearTimeout(timer);
    timer = setTimeout(kill, SEED_MAX_MS);
    const line = JSON.parse(text);
    if (line.running === undefined) end = { seed: line.seed, failure: line.failure && describe(line.failure) };
    else running = line.running;
  }
  clearTimeout(timer);
  const code = await hasEnded;
  if (end !== null) return end;
  // A mutant may run for ever, or out of memory; that nothing ran at all is a mistake of ours.
  if (running < 0) throw new Error(`the worker of ${name} did not begin: exit code ${code}`);
  return { seed: running, failure: isHanging ? "no end" : `exit code ${code}` };
}

function describe({ name, message }) {
  return `${name}: ${message}`.split("\n", 1).join("").slice(0, 90);
}

/** What a seed is run with, for the worker. @returns {readonly [world: string, workload: string]} */
function worldOf({ kind, world = {} }) {
  return [JSON.stringify(world), kind === "recipe" ? "recipes" : ""];
}

/** What the intact code makes of a seed, asked once for each. */
function createControl(folder) {
  /** @type {Map<string, Promise<{ seed: number, failure: string | null }>>} */
  const known = new Map();
  return async (/** @type {number} */ seed, /** @type {readonly string[]} */ world) => {
    const key = `${seed} ${world.join(" ")}`;
    let answer = known.get(key);
    if (answer === undefined) {
      answer = runWorker(folder, "", ["seeds", seed, 1, ...world]);
      known.set(key, answer);
    }
    return (await answer).failure;
  };
}

/** Seeds with which the intact code fails say nothing about a mutant; they are told at the end. */
const unsound = new Map();

/** From `first` on, `count` seeds: the death, or null. */
async function runRound(folder, mutant, first, count, control) {
  const world = worldOf(mutant);
  for (let from = first; from < first + count; from++) {
    if (unsound.has(`${from} ${world.join(" ")}`)) continue;
    const { seed, failure } = await runWorker(folder, mutant.name, ["seeds", from, first + count - from, ...world]);
    if (failure === null) return null;
    const intact = await control(seed, world);
    if (intact === null) return { count: seed - first + 1, seed, failure };
    unsound.set(`${seed} ${world.join(" ")}`, intact);
    from = seed;
  }
  return null;
}

async function runMutant(folder, mutant, { seeds, rounds }, control) {
  const deaths = [];
  for (let round = 0; round < rounds; round++) {
    const death = await runRound(folder, mutant, 1 + round * ROUND_SPAN, seeds, control);
    if (death !== null) deaths.push(death);
    else if (round === 0) break;
  }
  return deaths;
}

/** For what no seed brings about: the named test, on the sources with the bug in them, and without. */
async function runScenario(mutant) {
  const [intact, planted] = [await runTest(mutant.scenario, ""), await runTest(mutant.scenario, mutant.name)];
  if (intact !== 0) throw new Error(`${mutant.scenario.file} fails on the intact code`);
  return planted !== 0;
}

function runTest({ file, test }, name) {
  const args = [`${ROOT}node_modules/vitest/vitest.mjs`, "run", "--config", "test/mutants/vitest.config.ts", file];
  if (test !== "") args.push("--testNamePattern", `${escapeRegExp(test)}$`);
  const env = { ...process.env, COTERIE_MUTANT: name };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: "ignore" });
  return new Promise((resolve) => child.once("close", resolve));
}

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function medianOf(numbers) {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** The simulator first; what it leaves alive goes to the exhaustive check, and to its scenario if it has one. */
async function judge(folder, mutant, settings, control) {
  const deaths = await runMutant(folder, mutant, settings, control);
  const [death] = deaths;
  if (death !== undefined) {
    const median = String(medianOf(deaths.map(({ count }) => count)));
    return { mutant, how: "simulator", median, details: `seed ${death.seed}: ${death.failure}` };
  }
  // What seeds bring about too rarely, the bounded exhaustive check may.
  if (settings.states > 0 && mutant.file.startsWith("packages/consensus/")) {
    const { failure } = await runWorker(folder, mutant.name, ["states", settings.states]);
    if (failure !== null) return { mutant, how: "exhaustive", median: "", details: failure };
  }
  if (mutant.scenario !== undefined && (await runScenario(mutant)))
    return { mutant, how: "scenario", median: "", details: mutant.scenario.file };
  return { mutant, how: "ALIVE", median: "", details: mutant.why };
}

const USAGE = `npm run mutants -- [options] [name ...]: whether the simulator notices planted bugs (docs/mutants.md)

  --seeds N    seeds a round (default 300)
  --rounds N   (default 5)
  --states N   what the exhaustive check may look at of a bug that no seed has shown; 0: nothing (default 100,000)
  --jobs N     processes (default: one a core)`;
const OPTIONS = /** @type {const} */ ({
  seeds: { type: "string", default: "300" },
  rounds: { type: "string", default: "5" },
  jobs: { type: "string", default: String(availableParallelism()) },
  states: { type: "string", default: "100000" },
});

function readCommand({ values, positionals }) {
  const unknown = positionals.filter((name) => MUTANTS.every((mutant) => mutant.name !== name));
  if (unknown.length > 0) throw new UsageError(`there is no mutant ${unknown.join(", ")}`);
  return {
    seeds: numberOf("seeds", values.seeds, 1, ROUND_SPAN),
    rounds: numberOf("rounds", values.rounds, 1, 1000),
    states: numberOf("states", values.states, 0, 1e9),
    jobs: numberOf("jobs", values.jobs, 1, 1000),
    wanted: positionals,
  };
}

async function main() {
  const { jobs, wanted, ...settings } = readOptions(USAGE, { options: OPTIONS, allowPositionals: true }, readCommand);
  const queue = MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const folder = copyPackages();
  for (const mutant of queue) plant(mutant, readFileSync(folder + compiledFileOf(mutant), "utf8"));
  const results = [];
  const control = createControl(folder);
  const takeNext = async () => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const result = await judge(folder, mutant, settings, control);
      const { name, kind } = mutant;
      results.push(result);
      console.log(
        `${kind.padEnd(9)}${name.padEnd(38)}${result.how.padEnd(11)}${result.median.padStart(4)}  ${result.details}`,
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, takeNext));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const alive = results.filter(({ how }) => how === "ALIVE");
  console.log(`\n${results.length} mutants, ${results.length - alive.length} killed, ${alive.length} alive`);
  for (const kind of ["safety", "client", "recipe", "liveness"]) {
    const names = alive.filter(({ mutant }) => mutant.kind === kind).map(({ mutant }) => mutant.name);
    if (names.length > 0) console.log(`alive, ${kind}: ${names.join(", ")}`);
  }
  for (const [seed, failure] of unsound) console.log(`the intact code fails with seed ${seed}: ${failure}`);
  if (unsound.size > 0 || alive.some(({ mutant }) => mutant.kind === "safety" || mutant.kind === "recipe"))
    process.exitCode = 1;
}

await main();
