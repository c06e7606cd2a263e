// The command behind npm run sim: hands seeds to threads, sums up, and looks closer at what fails.
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import {
  addTally,
  createTally,
  reportFailure,
  reportTally,
  replayCommand,
  runSeed,
  shrink,
} from "../../packages/simulator/dist/index.js";

const BATCH_SEEDS = 20;
const RECHECK_EVERY = 50;
const FAILURES_SHOWN_MAX = 5;
const SHRINK_RUNS_MAX = 120;
const PROGRESS_MS = 60_000;

const HELP = `npm run sim -- [options] [key=value ...]
  --seeds N      how many seeds (100 unless said)
  --first S      the first of them; drawn from the clock unless said
  --seed S       this seed alone, looked at closely
  --seconds T    as many seeds as T seconds allow
  --jobs J       threads (one a core unless said)
  --trace FILE   with --seed: writes what happened, one line an event
  --shrink       looks for a smaller run that fails alike
  key=value      overrides a number of the options: steps=500 faults.crash=0 limits.proposalsInFlightMax=1`;

/** @param {readonly string[]} args */
function parse(args) {
  const options = {
    seeds: 100,
    first: Date.now() % 1_000_000_000,
    seconds: 0,
    jobs: availableParallelism(),
    shrink: false,
  };
  /** @type {Record<string, number>} */
  const overrides = {};
  let seed = -1;
  let trace = "";
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const value = () => args[++index] ?? "";
    if (arg === "--help") return null;
    else if (arg === "--seed") seed = Number(value());
    else if (arg === "--trace") trace = value();
    else if (arg === "--shrink") options.shrink = true;
    else if (arg === "--seeds") options.seeds = Number(value());
    else if (arg === "--first") options.first = Number(value());
    else if (arg === "--seconds") options.seconds = Number(value());
    else if (arg === "--jobs") options.jobs = Number(value());
    else if (/^[\w.-]+=[\d.-]+$/.test(arg)) overrides[arg.split("=")[0] ?? ""] = Number(arg.split("=")[1]);
    else return null;
  }
  return { ...options, seed, trace, overrides };
}

/** @param {readonly string[]} args @returns {Promise<number>} the exit code */
export async function simulate(args) {
  const parsed = parse(args);
  if (parsed === null) {
    console.log(HELP);
    return args.includes("--help") ? 0 : 2;
  }
  return parsed.seed >= 0 ? simulateOne(parsed) : simulateMany(parsed);
}

/** @param {NonNullable<ReturnType<typeof parse>>} options */
function simulateOne({ seed, trace, overrides, shrink: isShrinking }) {
  const result = runSeed(seed, { overrides, isReadable: trace !== "" });
  if (trace !== "") writeFileSync(trace, `${result.trace.join("\n")}\n`);
  const { voters, observers, clients } = result.options;
  console.log(
    `  seed ${seed}: ${voters} voters, ${observers} observers, ${clients} clients, trace ${result.traceHash}`,
  );
  console.log(`  ${result.steps} steps, ${(result.virtualMs / 1000).toFixed(1)} s simulated, ${result.txns} txns`);
  console.log(`  faults: ${[...result.faults].map(([kind, count]) => `${kind} ${count}`).join(", ") || "none"}`);
  if (trace !== "") console.log(`  ${trace}: ${result.trace.length} lines`);
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

/** @param {NonNullable<ReturnType<typeof parse>>} options */
async function simulateMany({ seeds, first, seconds, jobs, overrides, shrink: isShrinking }) {
  const startedMs = performance.now();
  const limit = seconds > 0 ? Number.POSITIVE_INFINITY : seeds;
  console.log(`  seeds from ${first} on, ${jobs} threads${seconds > 0 ? `, ${seconds} s` : ""}`);
  const tally = createTally();
  /** @type {{ seed: number, message: string }[]} */
  const failures = [];
  let taken = 0;
  let rechecked = 0;
  let coreSeconds = 0;
  const nextBatch = () => {
    const isOver = seconds > 0 && performance.now() - startedMs > seconds * 1000;
    const count = isOver ? 0 : Math.min(BATCH_SEEDS, limit - taken);
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
      worker.on("error", reject);
      worker.on("exit", resolve);
      worker.on("message", (done) => {
        if (done !== null) {
          addTally(tally, done.tally);
          failures.push(...done.failures);
          tellProgress(done.failures);
          rechecked += done.rechecked;
          coreSeconds += done.seconds;
        }
        const batch = nextBatch();
        if (batch === null) worker.terminate().then(resolve, reject);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        else worker.postMessage(batch);
      });
    });
  await Promise.all(Array.from({ length: jobs }, work));
  console.log(`\n${reportTally(tally, coreSeconds)}\n`);
  console.log(`  ${rechecked} seeds were run twice, to compare their traces`);
  return showFailures(failures, tally.seeds, overrides, isShrinking);
}

/**
 * @param {{ seed: number, message: string }[]} failures
 * @param {number} seeds
 * @param {Record<string, number>} overrides
 * @param {boolean} isShrinking
 */
function showFailures(failures, seeds, overrides, isShrinking) {
  if (failures.length === 0) {
    console.log(`  no failure in ${seeds} seeds`);
    return 0;
  }
  failures.sort((a, b) => a.seed - b.seed);
  console.log(`\n  ${failures.length} FAILURES in ${seeds} seeds: ${failures.map(({ seed }) => seed).join(" ")}\n`);
  for (const { seed, message } of failures.slice(0, FAILURES_SHOWN_MAX)) {
    const result = runSeed(seed, { overrides, isReadable: true });
    if (result.failure === null) {
      console.log(`  seed ${seed}: ${message}\n    replay: ${replayCommand(seed, overrides)}`);
      continue;
    }
    const file = `.cache/sim-${seed}.trace`;
    mkdirSync(".cache", { recursive: true });
    writeFileSync(file, `${result.trace.join("\n")}\n`);
    console.log(`${reportFailure(result, overrides)}\n    trace: ${file}, ${result.trace.length} lines`);
    if (!isShrinking) continue;
    const smaller = shrink(seed, overrides, SHRINK_RUNS_MAX);
    console.log(`    smaller, after ${smaller.runs} runs: ${replayCommand(seed, smaller.overrides)}`);
  }
  return 1;
}
