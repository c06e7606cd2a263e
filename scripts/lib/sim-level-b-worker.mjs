// Runs seeds of level b in a thread of its own; asks for more when it is done with what it has.
import { parentPort, workerData } from "node:worker_threads";
import { addLevelBRun, createLevelBTally, runLevelB } from "../../packages/simulator/dist/index.js";

const { overrides, workload, recheckEvery } = workerData;
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);

/** @param {{ first: number, count: number }} batch */
async function runBatch({ first, count }) {
  const tally = createLevelBTally();
  /** @type {{ seed: number, message: string }[]} */
  const failures = [];
  for (let seed = first; seed < first + count; seed++) {
    const result = await runLevelB(seed, { overrides, workload });
    addLevelBRun(tally, result);
    const { failure, traceHash } = result;
    if (failure !== null) failures.push({ seed, message: `${failure.name}: ${failure.message}` });
    if (seed % recheckEvery !== 0) continue;
    // One seed is one run, twice over: or something beside the seed has had a say.
    const again = await runLevelB(seed, { overrides, workload });
    if (again.traceHash !== traceHash) {
      failures.push({ seed, message: `two runs differ: trace hashes ${traceHash} and ${again.traceHash}` });
    }
  }
  return { tally, failures };
}

/** @param {{ first: number, count: number }} batch */
async function answer(batch) {
  const done = await runBatch(batch);
  port.postMessage(done);
}

port.on("message", (batch) => void answer(batch));
port.postMessage(null);
