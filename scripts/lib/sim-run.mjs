// The command behind npm run sim: hands seeds to threads, sums up, and looks closer at what fails.
import { availableParallelism } from "node:os";
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
import { runSeedThreads } from "./seed-threads.mjs";
import { traceMistake, writeTrace } from "./sim-trace.mjs";

/** @typedef {import("../../packages/simulator/dist/index.js").Command} Command */
/** @typedef {{ failures: readonly import("./seed-threads.mjs").Failure[] }} SeedsDone */

const BATCH_SEEDS = 20;
const RECHECK_EVERY = 50;
const FAILURES_SHOWN_MAX = 5;
const SHRINK_RUNS_MAX = 120;

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
  const cpuBefore = process.cpuUsage();
  console.log(`  seeds from ${first} on, ${jobs} threads${seconds < Infinity ? `, ${seconds} s` : ""}`);
  const tally = createTally();
  let rechecked = 0;
  let recheckedSteps = 0;
  const failures = await runSeedThreads(
    {
      worker: new URL("sim-worker.mjs", import.meta.url),
      workerData: { overrides, recheckEvery: RECHECK_EVERY },
      jobs,
      seeds,
      first,
      seconds,
      batchSeeds: BATCH_SEEDS,
    },
    (
      /** @type {SeedsDone & { tally: ReturnType<typeof createTally>, rechecked: number, recheckedSteps: number }} */ done,
    ) => {
      addTally(tally, done.tally);
      rechecked += done.rechecked;
      recheckedSteps += done.recheckedSteps;
    },
  );
  // The CPU time of the whole process, not the time that goes by: right also where others use the machine.
  const { user, system } = process.cpuUsage(cpuBefore);
  const rate = ((tally.steps + recheckedSteps) * 1_000_000) / Math.max(1, user + system);
  console.log(`\n${reportTally(tally, rate)}\n`);
  console.log(`  ${rechecked} seeds were run twice, to compare their traces`);
  return showFailures(failures, tally.seeds, overrides, isShrinking);
}

/**
 * @param {readonly { seed: number, message: string }[]} failures
 * @param {number} seeds
 * @param {Readonly<Record<string, number>>} overrides
 * @param {boolean} isShrinking
 */
function showFailures(failures, seeds, overrides, isShrinking) {
  if (failures.length === 0) {
    console.log(seeds > 0 ? `  no failure in ${seeds} seeds` : "  NO SEED was run: give it more time");
    return seeds > 0 ? 0 : 1;
  }
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
