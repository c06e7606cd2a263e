// In the place of one that simulates: each seed above `failsAbove` fails, and one kills the thread.
import { parentPort, workerData } from "node:worker_threads";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const { diesAt, endsAt, failsAbove } = workerData;

port.on("message", ({ first, count }) => {
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  if (seeds.includes(diesAt)) throw new Error("a mistake of ours");
  if (seeds.includes(endsAt)) process.exit(3);
  const failures = seeds.filter((seed) => seed > failsAbove).map((seed) => ({ seed, message: "on purpose" }));
  port.postMessage({ seeds, failures });
});
port.postMessage(null);
