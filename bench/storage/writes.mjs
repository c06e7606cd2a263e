// Synced writes of 200-byte entries, so many a batch, beside a store that has its log in LevelDB, and a bare append of the same bytes and
// an fdatasync. Rounds of the three take turns, since the disk of a shared machine is not the same from one minute to the next.
import { open } from "node:fs/promises";
import { report } from "../lib/measure.mjs";
import { medianOf } from "../lib/quantiles.mjs";
import { createEntries, createPlace, createStorageWithoutJournal, createStore } from "../lib/storage-bench.mjs";

const ENTRY_BYTES = 200;
const ROUNDS = 12;
const ROUND_WRITES = 40;

async function timed(batches, write) {
  const startMs = performance.now();
  for (const batch of batches) await write(batch);
  return (performance.now() - startMs) / batches.length;
}

const { store } = await createStore("writes");
const { store: older } = await createStore("writes-without-journal", createStorageWithoutJournal);
const bare = await open(createPlace("bare"), "w");
const entries = createEntries(ENTRY_BYTES);

async function append(batch) {
  await bare.write(Buffer.concat(batch.map(({ bytes }) => bytes)));
  await bare.datasync();
}

for (const count of [1, 10, 100, 1000]) {
  const rounds = [];
  let cpuUs = 0;
  let olderCpuUs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const batches = Array.from({ length: ROUND_WRITES }, () => entries.batch(count));
    const bareMs = await timed(batches, append);
    const cpuBefore = process.cpuUsage();
    const storeMs = await timed(batches, async (batch) => store.write({ append: batch }));
    const cpu = process.cpuUsage(cpuBefore);
    cpuUs += cpu.user + cpu.system;
    const olderBefore = process.cpuUsage();
    const olderMs = await timed(batches, async (batch) => older.write({ append: batch }));
    const olderCpu = process.cpuUsage(olderBefore);
    olderCpuUs += olderCpu.user + olderCpu.system;
    rounds.push({ bareMs, storeMs, olderMs });
  }
  const stored = medianOf(rounds.map(({ storeMs }) => (count * 1000) / storeMs));
  const appended = medianOf(rounds.map(({ bareMs }) => (count * 1000) / bareMs));
  const all = ROUNDS * ROUND_WRITES * count;
  report({ name: `batch of ${count}: synced writes`, unit: "/s", value: stored });
  const without = medianOf(rounds.map(({ olderMs }) => (count * 1000) / olderMs));
  report({ name: `batch of ${count}: synced writes, log in LevelDB`, unit: "/s", value: without });
  report({ name: `batch of ${count}: bare append + fdatasync`, unit: "/s", value: appended });
  report({ name: `batch of ${count}: CPU an entry, all threads`, unit: "us", value: cpuUs / all });
  report({ name: `batch of ${count}: the same, log in LevelDB`, unit: "us", value: olderCpuUs / all });
}
await store.close();
await older.close();
await bare.close();
