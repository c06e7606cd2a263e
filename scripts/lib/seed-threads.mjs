// Seeds for threads, a batch at a time, until there are none left or the time is over.
import { Worker } from "node:worker_threads";

const PROGRESS_MS = 60_000;

/** @typedef {{ seed: number, message: string }} Failure */
/** @typedef {{ worker: URL, workerData: object, jobs: number, seeds: number, first: number, seconds: number, batchSeeds: number }} SeedThreads */

/**
 * Says at once what fails, and now and then how far it is. A thread posts null when it is up, and for each batch what came of it.
 * Rejects when one dies, and ends the others.
 *
 * @template {{ readonly failures: readonly Failure[] }} Done
 * @param {SeedThreads} what
 * @param {(done: Done) => void} take hears what came of each batch
 * @returns {Promise<Failure[]>} in the order of their seeds
 */
export async function runSeedThreads({ worker: file, workerData, jobs, seeds, first, seconds, batchSeeds }, take) {
  const startedMs = performance.now();
  /** @type {Failure[]} */
  const failures = [];
  /** @type {Worker[]} */
  const workers = [];
  let taken = 0;
  let run = 0;
  let toldMs = startedMs;

  const nextBatch = () => {
    const isOver = performance.now() - startedMs > seconds * 1000;
    const left = Math.min(seeds - taken, Number.MAX_SAFE_INTEGER - first - taken + 1);
    const count = isOver ? 0 : Math.min(batchSeeds, left);
    const batch = { first: first + taken, count };
    taken += count;
    return count > 0 ? batch : null;
  };

  /** @param {readonly Failure[]} failed */
  const tell = (failed) => {
    for (const { seed, message } of failed) console.log(`  seed ${seed} FAILS: ${message}`);
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_MS) return;
    toldMs = nowMs;
    const rate = (run * 1000) / (nowMs - startedMs);
    console.log(`  ${run} seeds, ${rate.toFixed(1)} a second, ${failures.length} failures`);
  };

  const work = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(file, { workerData });
      workers.push(worker);
      /** @type {{ first: number, count: number } | null} */
      let batch = null;
      /** @param {string} why @param {Error} [cause] */
      const die = (why, cause) => {
        const where = batch === null ? "" : ` in seeds ${batch.first} to ${batch.first + batch.count - 1}`;
        reject(new Error(`a thread has died${where}: ${why}`, { cause }));
      };
      worker.on("error", (error) => die(error.message, error));
      worker.on("exit", (code) => (batch === null ? resolve(undefined) : die(`it has ended with ${code}`)));
      worker.on("message", (/** @type {Done | null} */ done) => {
        if (done !== null) {
          take(done);
          run += batch?.count ?? 0;
          failures.push(...done.failures);
          tell(done.failures);
        }
        batch = nextBatch();
        if (batch === null) worker.terminate().then(resolve, reject);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        else worker.postMessage(batch);
      });
    });

  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return failures.toSorted((one, other) => one.seed - other.seed);
}
