// Half an hour of load: memory and answers must not grow. COTERIE_BENCH_MINUTES says how long it is, its warm-up a sixth of it included.
import { startWarm, run } from "../lib/growth-bench.mjs";
import { report } from "../lib/measure.mjs";
import { medianOf } from "../lib/quantiles.mjs";

const MINUTES = Number(process.env.COTERIE_BENCH_MINUTES ?? 30);
const SAMPLE_SECONDS = 10;
const LOADS = [
  { op: "mixed", sessions: 100 },
  { op: "create", isCleaned: true },
];
const MEMORY_MAX = 1.1;
const P99_MAX = 1.3;
/** Each third of it has some of each load. */
const MINUTES_MIN = 3;

if (!(MINUTES >= MINUTES_MIN)) {
  console.error(`COTERIE_BENCH_MINUTES is ${process.env.COTERIE_BENCH_MINUTES}, and has to be ${MINUTES_MIN} or more.`);
  process.exit(2);
}

const ensemble = await startWarm();
const startMs = performance.now();
const samples = [];
while (performance.now() - startMs < MINUTES * 60_000) {
  for (const load of LOADS) {
    const sample = await run(ensemble, { ...load, seconds: SAMPLE_SECONDS });
    samples.push({ ...sample, op: load.op, atMinutes: (performance.now() - startMs) / 60_000 });
  }
}
await ensemble.end();

const measured = samples.filter(({ atMinutes }) => atMinutes > MINUTES / 6);
const third = (MINUTES * 5) / 6 / 3;
const first = measured.filter(({ atMinutes }) => atMinutes <= MINUTES / 6 + third);
const last = measured.filter(({ atMinutes }) => atMinutes > MINUTES - third);
const rssOf = (part) => medianOf(part.map(({ rss_mib: mib }) => mib));
const p99Of = (part, wanted) =>
  medianOf(part.filter(({ op }) => op === wanted).map(({ p99_us: p99Us }) => p99Us / 1000));

const failed = samples.reduce((sum, { errors }) => sum + errors, 0);

report({ name: "requests that have failed", unit: "", value: failed });
report({ name: "resident memory of three servers, first third", unit: "MiB", value: rssOf(first) });
report({ name: "last third", unit: "MiB", value: rssOf(last) });
report({ name: "last by first", unit: "x", value: rssOf(last) / rssOf(first), target: MEMORY_MAX });
for (const { op } of LOADS) {
  report({ name: `${op}: p99, first third`, unit: "ms", value: p99Of(first, op) });
  report({ name: `${op}: p99, last third`, unit: "ms", value: p99Of(last, op) });
  report({ name: `${op}: p99, last by first`, unit: "x", value: p99Of(last, op) / p99Of(first, op), target: P99_MAX });
}
