// Synced writes of 200-byte entries, so many a batch, beside a bare append of the same bytes and an fdatasync. Rounds of the
// two take turns, since the disk of a shared machine is not the same from one minute to the next.
import { open } from "node:fs/promises";
import { report } from "../lib/measure.mjs";
import { medianOf } from "../lib/quantiles.mjs";
import { createEntries, createPlace, createStore, writtenBytes } from "../lib/storage-bench.mjs";

const ENTRY_BYTES = 200;
const ROUNDS = 12;
const ROUND_WRITES = 40;

async function timed(batches, write) {
  const startMs = performance.now();
  for (const batch of batches) await write(batch);
  return (performance.now() - startMs) / batches.length;
}

const { store } = await createStore("writes");
const bare = await open(createPlace("bare"), "w");
const entries = createEntries(ENTRY_BYTES);

async function append(batch) {
  await bare.write(Buffer.concat(batch.map(({ bytes }) => bytes)));
  await bare.datasync();
}

for (const count of [1, 10, 100, 1000]) {
  const rounds = [];
  let cpuUs = 0;
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const batches = Array.from({ length: ROUND_WRITES }, () => entries.batch(count));
    const bareMs = await timed(batches, append);
    const [cpuBefore, bytesBefore] = [process.cpuUsage(), writtenBytes()];
    const storeMs = await timed(batches, async (batch) => store.write({ append: batch }));
    const cpu = process.cpuUsage(cpuBefore);
    cpuUs += cpu.user + cpu.system;
    bytes += bytesBefore === null ? Number.NaN : writtenBytes() - bytesBefore;
    rounds.push({ bareMs, storeMs });
  }
  const stored = medianOf(rounds.map(({ storeMs }) => (count * 1000) / storeMs));
  const appended = medianOf(rounds.map(({ bareMs }) => (count * 1000) / bareMs));
  const all = ROUNDS * ROUND_WRITES * count;
  report({ name: `batch of ${count}: synced writes`, unit: "/s", value: stored });
  report({ name: `batch of ${count}: bare append + fdatasync`, unit: "/s", value: appended });
  report({ name: `batch of ${count}: CPU an entry, all threads`, unit: "us", value: cpuUs / all });
  if (!Number.isNaN(bytes))
    report({ name: `batch of ${count}: written a txn of 200 bytes`, unit: "B", value: bytes / all });
}
await store.close();
await bare.close();
