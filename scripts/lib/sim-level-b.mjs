// The command behind npm run sim -- --level b: hands seeds to threads, sums up, and writes the traces of what fails.
import { availableParallelism } from "node:os";
import {
  addLevelBTally,
  createLevelBTally,
  levelBTraceFile,
  parseLevelBCommand,
  reportLevelBRun,
  reportLevelBTally,
  runLevelB,
  SIM_HELP,
} from "../../packages/simulator/dist/index.js";
import { runSeedThreads } from "./seed-threads.mjs";
import { traceMistake, writeTrace } from "./sim-trace.mjs";

/** @typedef {{ failures: readonly import("./seed-threads.mjs").Failure[] }} SeedsDone */

const BATCH_SEEDS = 5;
const RECHECK_EVERY = 50;
const FAILURES_SHOWN_MAX = 3;

/** @param {readonly string[]} args @returns {Promise<number>} the exit code: 1 if something failed, 2 if nothing was run */
export async function simulateLevelB(args) {
  const command = parseLevelBCommand(args, { first: Date.now() % 1_000_000_000, jobs: availableParallelism() });
  if (command.kind === "help") {
    console.log(`${SIM_HELP}\n  --workload W   with --level b: what clients do, "calls" (unless said) or "recipes"`);
    return 0;
  }
  const mistake = command.kind === "mistake" ? command.text : traceMistake(command);
  if (mistake !== null) {
    console.error(mistake);
    return 2;
  }
  if (command.kind === "one") {
    const result = await look(command.seed, command, command.trace);
    return result.failure === null ? 0 : 1;
  }
  return command.kind === "many" ? simulateMany(command) : 2;
}

/**
 * Runs one seed and says what came of it.
 *
 * @param {number} seed
 * @param {Pick<Extract<import("../../packages/simulator/dist/index.js").LevelBCommand, { kind: "one" }>, "overrides" | "workload">} what
 * @param {string | null} trace
 */
async function look(seed, { overrides, workload }, trace) {
  const result = await runLevelB(seed, { overrides, workload, isReadable: true });
  console.log(reportLevelBRun(result, overrides));
  const file = trace ?? (result.failure === null ? null : levelBTraceFile(seed));
  if (file !== null) {
    writeTrace(file, result.trace);
    console.log(`    ${file}: ${result.trace.length} lines`);
  }
  return result;
}

/** @param {Extract<import("../../packages/simulator/dist/index.js").LevelBCommand, { kind: "many" }>} command */
async function simulateMany({ seeds, first, seconds, jobs, overrides, workload }) {
  console.log(
    `  level b, ${workload}, seeds from ${first} on, ${jobs} threads${seconds < Infinity ? `, ${seconds} s` : ""}`,
  );
  const tally = createLevelBTally();
  const failures = await runSeedThreads(
    {
      worker: new URL("sim-level-b-worker.mjs", import.meta.url),
      workerData: { overrides, workload, recheckEvery: RECHECK_EVERY },
      jobs,
      seeds,
      first,
      seconds,
      batchSeeds: BATCH_SEEDS,
    },
    (/** @type {SeedsDone & { tally: ReturnType<typeof createLevelBTally> }} */ done) =>
      addLevelBTally(tally, done.tally),
  );
  console.log(`\n${reportLevelBTally(tally)}\n`);
  if (failures.length === 0) {
    console.log(tally.seeds > 0 ? `  no failure in ${tally.seeds} seeds` : "  NO SEED was run: give it more time");
    return tally.seeds > 0 ? 0 : 1;
  }
  console.log(`  ${failures.length} FAILURES: ${failures.map(({ seed }) => seed).join(" ")}\n`);
  for (const { seed } of failures.slice(0, FAILURES_SHOWN_MAX)) await look(seed, { overrides, workload }, null);
  return 1;
}
