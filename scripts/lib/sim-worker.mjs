// Runs seeds in a thread of its own; asks for more when it is done with what it has.
import { parentPort, workerData } from "node:worker_threads";
import { addRun, createTally, runSeed } from "../../packages/simulator/dist/index.js";

const { overrides, recheckEvery } = workerData;
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);

/** @param {{ first: number, count: number }} batch */
function runBatch({ first, count }) {
  const tally = createTally();
  /** @type {{ seed: number, message: string }[]} */
  const failures = [];
  let rechecked = 0;
  let recheckedSteps = 0;
  for (let seed = first; seed < first + count; seed++) {
    const result = runSeed(seed, { overrides });
    addRun(tally, result);
    if (result.failure !== null) {
      failures.push({ seed, message: `${result.failure.name}: ${result.failure.message}` });
    }
    if (seed % recheckEvery !== 0) continue;
    // One seed is one run, twice over: or something beside the seed has had a say.
    const again = runSeed(seed, { overrides });
    rechecked++;
    recheckedSteps += again.steps;
    if (again.traceHash !== result.traceHash) {
      failures.push({ seed, message: `two runs differ: trace hashes ${result.traceHash} and ${again.traceHash}` });
    }
  }
  return { tally, failures, rechecked, recheckedSteps };
}

port.on("message", (batch) => port.postMessage(runBatch(batch)));
port.postMessage(null);
