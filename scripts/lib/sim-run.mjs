// The command behind npm run sim: hands seeds to threads, sums up, and looks closer at what fails.
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import {
  addTally,
  createTally,
  parseCommand,
  reportFailure,
  reportTally,
  replayCommand,
  runSeed,
  shrink,
  SIM_HELP,
  traceFile,
} from "../../packages/simulator/dist/index.js";

/** @typedef {import("../../packages/simulator/dist/index.js").Command} Command */

const BATCH_SEEDS = 20;
const RECHECK_EVERY = 50;
const FAILURES_SHOWN_MAX = 5;
const SHRINK_RUNS_MAX = 120;
const PROGRESS_MS = 60_000;

/** @param {readonly string[]} args @returns {Promise<number>} the exit code: 1 if something failed, 2 if nothing was run */
export async function simulate(args) {
  const command = parseCommand(args, { first: Date.now() % 1_000_000_000, jobs: availableParallelism() });
  if (command.kind === "help") {
    console.log(SIM_HELP);
    return 0;
  }
  const mistake = command.kind === "mistake" ? command.text : traceMistake(command);
  if (mistake !== null) {
    console.error(mistake);
    return 2;
  }
  if (command.kind === "one") return simulateOne(command);
  return command.kind === "many" ? simulateMany(command) : 2;
}

/** A file that cannot be written is found before the run, not after it. @param {Command} command */
function traceMistake(command) {
  if (command.kind !== "one" || command.trace === null) return null;
  try {
    mkdirSync(dirname(command.trace), { recursive: true });
    closeSync(openSync(command.trace, "a"));
    return null;
  } catch (error) {
    return `--trace ${command.trace}: say a file that can be written (${/** @type {Error} */ (error).message})`;
  }
}

/** @param {string} file @param {readonly string[]} lines */
function writeTrace(file, lines) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join("\n")}\n`);
}

/** @param {Extract<Command, { kind: "one" }>} command */
function simulateOne({ seed, trace, overrides, isShrinking }) {
  const result = runSeed(seed, { overrides, isReadable: true });
  // Who looks at one failing seed wants to read what happened.
  const file = trace ?? (result.failure === null ? null : traceFile(seed));
  if (file !== null) writeTrace(file, result.trace);
  const { voters, observers, clients } = result.options;
  console.log(
    `  seed ${seed}: ${voters} voters, ${observers} observers, ${clients} clients, trace ${result.traceHash}`,
  );
  console.log(`  ${result.steps} steps, ${(result.virtualMs / 1000).toFixed(1)} s simulated, ${result.txns} txns`);
  console.log(`  faults: ${[...result.faults].map(([kind, count]) => `${kind} ${count}`).join(", ") || "none"}`);
  if (file !== null) console.log(`  ${file}: ${result.trace.length} lines`);
  if (result.failure === null) {
    console.log("  passes");
    return 0;
  }
  console.log(`${reportFailure(result, overrides)}\n\n${result.failure.stack}`);
  if (isShrinking) {
    const smaller = shrink(seed, overrides, SHRINK_RUNS_MAX);
    console.log(`\n  after ${smaller.runs} runs, smaller:\n${reportFailure(smaller.result, smaller.overrides)}`);
  }
  return 1;
}

/** @param {Extract<Command, { kind: "many" }>} command */
async function simulateMany({ seeds, first, seconds, jobs, overrides, isShrinking }) {
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  console.log(`  seeds from ${first} on, ${jobs} threads${seconds < Infinity ? `, ${seconds} s` : ""}`);
  const tally = createTally();
  /** @type {{ seed: number, message: string }[]} */
  const failures = [];
  let taken = 0;
  let rechecked = 0;
  let recheckedSteps = 0;
  const nextBatch = () => {
    const isOver = performance.now() - startedMs > seconds * 1000;
    const left = Math.min(seeds - taken, Number.MAX_SAFE_INTEGER - first - taken + 1);
    const count = isOver ? 0 : Math.min(BATCH_SEEDS, left);
    const batch = { first: first + taken, count };
    taken += count;
    return count > 0 ? batch : null;
  };
  let toldMs = startedMs;
  /** A long run says now and then how far it is, and at once what fails. @param {{ seed: number, message: string }[]} failed */
  const tellProgress = (failed) => {
    for (const { seed, message } of failed) console.log(`  seed ${seed} FAILS: ${message}`);
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_MS) return;
    toldMs = nowMs;
    const rate = (tally.seeds * 1000) / (nowMs - startedMs);
    console.log(`  ${tally.seeds} seeds, ${rate.toFixed(1)} a second, ${failures.length} failures`);
  };
  const work = () =>
    new Promise((resolve, reject) => {
      const data = { overrides, recheckEvery: RECHECK_EVERY };
      const worker = new Worker(new URL("sim-worker.mjs", import.meta.url), { workerData: data });
      /** @type {{ first: number, count: number } | null} */
      let batch = null;
      worker.on("error", (error) => {
        const where = batch === null ? "" : ` in seeds ${batch.first} to ${batch.first + batch.count - 1}`;
        reject(new Error(`a thread has died${where}: ${error.message}`, { cause: error }));
      });
      worker.on("exit", resolve);
      worker.on("message", (done) => {
        if (done !== null) {
          addTally(tally, done.tally);
          failures.push(...done.failures);
          tellProgress(done.failures);
          rechecked += done.rechecked;
          recheckedSteps += done.recheckedSteps;
        }
        batch = nextBatch();
        if (batch === null) worker.terminate().then(resolve, reject);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        else worker.postMessage(batch);
      });
    });
  await Promise.all(Array.from({ length: jobs }, work));
  // The CPU time of the whole process, not the time that goes by: right also where others use the machine.
  const { user, system } = process.cpuUsage(cpuBefore);
  const rate = ((tally.steps + recheckedSteps) * 1_000_000) / Math.max(1, user + system);
  console.log(`\n${reportTally(tally, rate)}\n`);
  console.log(`  ${rechecked} seeds were run twice, to compare their traces`);
  return showFailures(failures, tally.seeds, overrides, isShrinking);
}

/**
 * @param {{ seed: number, message: string }[]} failures
 * @param {number} seeds
 * @param {Readonly<Record<string, number>>} overrides
 * @param {boolean} isShrinking
 */
function showFailures(failures, seeds, overrides, isShrinking) {
  if (failures.length === 0) {
    console.log(seeds > 0 ? `  no failure in ${seeds} seeds` : "  NO SEED was run: give it more time");
    return seeds > 0 ? 0 : 1;
  }
  failures.sort((a, b) => a.seed - b.seed);
  console.log(`\n  ${failures.length} FAILURES in ${seeds} seeds: ${failures.map(({ seed }) => seed).join(" ")}\n`);
  for (const { seed, message } of failures.slice(0, FAILURES_SHOWN_MAX)) {
    const result = runSeed(seed, { overrides, isReadable: true });
    if (result.failure === null) {
      console.log(`  seed ${seed}: ${message}\n    replay: ${replayCommand(seed, overrides)}`);
      continue;
    }
    const file = traceFile(seed);
    writeTrace(file, result.trace);
    console.log(`${reportFailure(result, overrides)}\n    trace: ${file}, ${result.trace.length} lines`);
    if (!isShrinking) continue;
    const smaller = shrink(seed, overrides, SHRINK_RUNS_MAX);
    console.log(`    smaller, after ${smaller.runs} runs: ${replayCommand(seed, smaller.overrides)}`);
  }
  return 1;
}
