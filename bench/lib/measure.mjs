// Times a batch of operations: the median batch of many is what counts on a shared machine.
import { Bench } from "tinybench";

/**
 * Runs each task, a function that does `operations` of something, for `timeMs` and prints one JSON line a task:
 * operations a second (with `unit: "us"` microseconds an operation) by the median batch, by the quartiles, and by the best twentieth: a core of a shared machine is
 * half as fast while its other hardware thread works for somebody else, which only the best batches escape.
 */
export async function measure(tasks, { timeMs = 2000 } = {}) {
  const bench = new Bench({ time: timeMs, warmupTime: 700, retainSamples: true, iterations: 5, warmupIterations: 2 });
  for (const { name, run, beforeEach } of tasks) bench.add(name, run, beforeEach === undefined ? {} : { beforeEach });
  await bench.run();
  for (const [index, task] of bench.tasks.entries()) {
    if (task.result.error !== undefined) throw task.result.error;
    const { operations, target, unit = "/s" } = tasks[index];
    const samples = task.result.latency.samples;
    const figure = (quantile) => {
      const sampleMs = samples[Math.floor((samples.length - 1) * quantile)];
      return unit === "us" ? (sampleMs * 1000) / operations : operations / (sampleMs / 1000);
    };
    const [value, low, high, best] = [0.5, 0.75, 0.25, 0.05].map(figure);
    report({ name: task.name, unit, value, low, high, best, target, atLeast: unit === "/s" });
  }
}

/** Tells the table a figure. `atLeast` says on which side of `target` it should be. */
export function report(figure) {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}
