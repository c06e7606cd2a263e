// Times a batch of operations: the median batch of many is what counts on a shared machine.
import { Bench } from "tinybench";
import { quantilesOf } from "./quantiles.mjs";

/**
 * Runs each task, a function that does `operations` of something, for `timeMs` and prints one JSON line a task:
 * operations a second (with `unit: "us"` microseconds an operation) by the median batch, by the quartiles, and by the best twentieth:
 * a core of a shared machine is half as fast while its other hardware thread works for somebody else, which only the best batches
 * escape.
 */
export async function measure(tasks, { timeMs = 2000 } = {}) {
  const bench = new Bench({ time: timeMs, warmupTime: 700, retainSamples: true, iterations: 5, warmupIterations: 2 });
  for (const { name, run, beforeEach } of tasks) bench.add(name, run, beforeEach === undefined ? {} : { beforeEach });
  await bench.run();
  for (const [index, task] of bench.tasks.entries()) {
    if (task.result.error !== undefined) throw task.result.error;
    const { operations, target, unit = "/s" } = tasks[index];
    const isRate = unit === "/s";
    // The faster a batch, the higher its rate.
    const shares = isRate ? [0.5, 0.75, 0.25, 0.05] : [0.5, 0.25, 0.75, 0.05];
    const [value, low, high, best] = quantilesOf(task.result.latency.samples, shares).map((sampleMs) =>
      isRate ? operations / (sampleMs / 1000) : (sampleMs * 1000) / operations,
    );
    report({ name: task.name, unit, value, low, high, best, target, atLeast: isRate });
  }
}

/** Tells the table a figure. `atLeast` says on which side of `target` it should be. */
export function report(figure) {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}

/** Tells the table rates, one a round. */
export function reportRates(name, rates, target) {
  const [low, value, high, best] = quantilesOf(rates, [0.25, 0.5, 0.75, 1]);
  report({ name, unit: "/s", value, low, high, best, target, atLeast: true });
}
