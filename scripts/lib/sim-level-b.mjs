// The command behind npm run sim -- --level b: hands seeds to threads, sums up, and writes the traces of what fails.
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
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

const BATCH_SEEDS = 5;
const RECHECK_EVERY = 50;
const FAILURES_SHOWN_MAX = 3;
const PROGRESS_MS = 60_000;

/** @param {readonly string[]} args @returns {Promise<number>} the exit code: 1 if something failed, 2 if nothing was run */
export async function simulateLevelB(args) {
  const command = parseLevelBCommand(args, { first: Date.now() % 1_000_000_000, jobs: availableParallelism() });
  if (command.kind === "help") {
    console.log(`${SIM_HELP}\n  --workload W   with --level b: what clients do, "calls" (unless said) or "recipes"`);
    return 0;
  }
  if (command.kind === "mistake") {
    console.error(command.text);
    return 2;
  }
  if (command.kind === "one") {
    const result = await look(command.seed, command, command.trace);
    return result.failure === null ? 0 : 1;
  }
  return simulateMany(command);
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
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${result.trace.join("\n")}\n`);
    console.log(`    ${file}: ${result.trace.length} lines`);
  }
  return result;
}

/** @param {Extract<import("../../packages/simulator/dist/index.js").LevelBCommand, { kind: "many" }>} command */
async function simulateMany({ seeds, first, seconds, jobs, overrides, workload }) {
  const startedMs = performance.now();
  console.log(
    `  level b, ${workload}, seeds from ${first} on, ${jobs} threads${seconds < Infinity ? `, ${seconds} s` : ""}`,
  );
  const tally = createLevelBTally();
  /** @type {{ seed: number, message: string }[]} */
  const failures = [];
  let taken = 0;
  let toldMs = startedMs;
  const nextBatch = () => {
    const isOver = performance.now() - startedMs > seconds * 1000;
    const count = isOver ? 0 : Math.min(BATCH_SEEDS, seeds - taken);
    const batch = { first: first + taken, count };
    taken += count;
    return count > 0 ? batch : null;
  };
  const tell = () => {
    if (performance.now() - toldMs < PROGRESS_MS) return;
    toldMs = performance.now();
    const rate = (tally.seeds * 1000) / (performance.now() - startedMs);
    console.log(`  ${tally.seeds} seeds, ${rate.toFixed(1)} a second, ${failures.length} failures`);
  };
  const work = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("sim-level-b-worker.mjs", import.meta.url), {
        workerData: { overrides, workload, recheckEvery: RECHECK_EVERY },
      });
      worker.on("error", reject);
      worker.on("exit", resolve);
      worker.on("message", (done) => {
        if (done !== null) {
          addLevelBTally(tally, done.tally);
          failures.push(...done.failures);
          for (const { seed, message } of done.failures) console.log(`  seed ${seed} FAILS: ${message}`);
          tell();
        }
        const batch = nextBatch();
        if (batch === null) worker.terminate().then(resolve, reject);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        else worker.postMessage(batch);
      });
    });
  await Promise.all(Array.from({ length: jobs }, work));
  console.log(`\n${reportLevelBTally(tally)}\n`);
  if (failures.length === 0) {
    console.log(tally.seeds > 0 ? `  no failure in ${tally.seeds} seeds` : "  NO SEED was run: give it more time");
    return tally.seeds > 0 ? 0 : 1;
  }
  failures.sort((a, b) => a.seed - b.seed);
  console.log(`  ${failures.length} FAILURES: ${failures.map(({ seed }) => seed).join(" ")}\n`);
  for (const { seed } of failures.slice(0, FAILURES_SHOWN_MAX)) await look(seed, { overrides, workload }, null);
  return 1;
}
