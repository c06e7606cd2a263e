// npm run mutants -- [--seeds N] [--rounds N] [--jobs N] [name ...]: plants each bug in a copy of the built packages and
// runs the simulator until it notices. Exits with 1 if a safety mutant lives, or if the intact code fails.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, sep } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MUTANTS } from "./mutants.mjs";
import { compiledFileOf, plant } from "./plant.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PACKAGES = ["interface", "protocol", "core", "consensus", "simulator"];
/** A seed that takes as long as this has no end. */
const SEED_MAX_MS = 120_000;
/** Rounds begin this many seeds apart. */
const ROUND_SPAN = 1_000_000;

/** A copy of what is built, so that a build in the middle of a run changes nothing. */
function copyPackages() {
  const folder = mkdtempSync(join(tmpdir(), "coterie-mutants-")) + sep;
  for (const name of PACKAGES) {
    const target = `${folder}node_modules/@coterie/${name}/`;
    mkdirSync(target, { recursive: true });
    for (const part of ["package.json", "dist"]) cpSync(`${ROOT}packages/${name}/${part}`, target + part, { recursive: true });
  }
  return folder;
}

/**
 * Runs rounds of seeds in a process of its own until one ends without a death.
 *
 * @returns {Promise<{ seed: number, failure: string | null }[]>} for each round where it ended, and of what
 */
async function runWorker(folder, name, rounds) {
  const args = rounds.flatMap(({ first, count }) => [String(first), String(count)]);
  const worker = fileURLToPath(new URL("worker.mjs", import.meta.url));
  const child = spawn(process.execPath, [worker, folder, name, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ends = [];
  let running = rounds[0].first;
  let timer = setTimeout(() => child.kill("SIGKILL"), SEED_MAX_MS);
  const hasEnded = new Promise((resolve) => child.once("close", resolve));
  for await (const text of createInterface({ input: child.stdout })) {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), SEED_MAX_MS);
    const line = JSON.parse(text);
    if (line.running === undefined) ends.push({ seed: line.seed, failure: line.failure === null ? null : describe(line.failure) });
    else running = line.running;
  }
  clearTimeout(timer);
  const code = await hasEnded;
  if (code !== 0) ends.push({ seed: running, failure: child.signalCode === "SIGKILL" ? "no end" : `exit code ${code}` });
  return ends;
}

function describe({ name, message, details }) {
  return `${name ?? "thrown"}: ${message ?? details}`.split("\n")[0].slice(0, 90);
}

/** The first seed's failure that is the mutant's own; the intact code is asked once a seed. */
function createControl(folder) {
  /** @type {Map<number, Promise<{ seed: number, failure: string | null }[]>>} */
  const known = new Map();
  return async (seed) => {
    let answer = known.get(seed);
    if (answer === undefined) {
      answer = runWorker(folder, "", [{ first: seed, count: 1 }]);
      known.set(seed, answer);
    }
    return (await answer)[0].failure;
  };
}

async function runMutant(folder, mutant, { seeds, rounds }, control) {
  const wanted = Array.from({ length: rounds }, (_, round) => ({ first: 1 + round * ROUND_SPAN, count: seeds }));
  const ends = await runWorker(folder, mutant.name, wanted);
  const deaths = [];
  for (const [round, { seed, failure }] of ends.entries()) {
    if (failure === null) continue;
    const intact = await control(seed);
    if (intact !== null) throw new Error(`the intact code fails with seed ${seed}: ${intact}`);
    deaths.push({ count: seed - wanted[round].first + 1, seed, failure });
  }
  return { mutant, deaths, isAlive: deaths.length === 0 };
}

/** For what no seed brings about: the named test, on the sources with the bug in them. */
async function runScenario(mutant) {
  const { file, test } = mutant.scenario;
  const args = [`${ROOT}node_modules/vitest/vitest.mjs`, "run", "--config", "test/mutants/vitest.config.ts", file];
  if (test !== "") args.push("--testNamePattern", test);
  const env = { ...process.env, COTERIE_MUTANT: mutant.name };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: "ignore" });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return code !== 0;
}

function medianOf(numbers) {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function print({ mutant, deaths, isAlive, byScenario }) {
  const how = byScenario ? "killed by its scenario" : isAlive ? "ALIVE" : "killed";
  const median = isAlive ? "" : `${medianOf(deaths.map((death) => death.count))}`;
  const first = isAlive ? mutant.why : `seed ${deaths[0].seed}, ${deaths[0].failure}`;
  console.log(`${mutant.kind.padEnd(9)}${mutant.name.padEnd(40)}${how.padEnd(24)}${median.padStart(5)}  ${first}`);
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { seeds: { type: "string" }, rounds: { type: "string" }, jobs: { type: "string" } },
    allowPositionals: true,
  });
  const settings = { seeds: Number(values.seeds ?? 300), rounds: Number(values.rounds ?? 5) };
  const jobs = Number(values.jobs ?? availableParallelism());
  const unknown = positionals.filter((name) => MUTANTS.every((mutant) => mutant.name !== name));
  if (unknown.length > 0) throw new Error(`there is no mutant ${unknown.join(", ")}`);
  const queue = MUTANTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const folder = copyPackages();
  const copyOf = (mutant) => folder + compiledFileOf(mutant).replace("packages/", "node_modules/@coterie/");
  for (const mutant of queue) plant(mutant, readFileSync(copyOf(mutant), "utf8"));
  const results = [];
  const control = createControl(folder);
  const takeNext = async () => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const result = { ...(await runMutant(folder, mutant, settings, control)), byScenario: false };
      if (result.isAlive && mutant.scenario !== undefined) result.byScenario = await runScenario(mutant);
      results.push(result);
      print(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, takeNext));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const alive = results.filter((result) => result.isAlive && !result.byScenario);
  console.log(`\n${results.length} mutants, ${results.length - alive.length} killed, ${alive.length} alive`);
  for (const kind of ["safety", "client", "liveness"]) {
    const names = alive.filter(({ mutant }) => mutant.kind === kind).map(({ mutant }) => mutant.name);
    if (names.length > 0) console.log(`alive, ${kind}: ${names.join(", ")}`);
  }
  if (alive.some(({ mutant }) => mutant.kind === "safety")) process.exitCode = 1;
}

await main();
