// The longest turn of the event loop while a large checkpoint is written, a long log is let go of, one is cut off, and a batch
// of the largest size is taken, each with small writes beside it where the contract allows that.
import { report } from "../lib/measure.mjs";
import { medianOf } from "../lib/quantiles.mjs";
import { createEntries, createPage, createStore } from "../lib/storage-bench.mjs";
import { reportTurns, watchTurns } from "../lib/turns.mjs";

const TARGET_MS = 20;
const PAGES = 1000;

const { store } = await createStore("pauses");
const entries = createEntries(200);

/** Small writes, one after the other, until `work` is done. */
async function beside(work) {
  let isDone = false;
  const waitsMs = [];
  const writing = (async () => {
    while (!isDone) {
      const startMs = performance.now();
      await store.write({ append: entries.batch(10) });
      waitsMs.push(performance.now() - startMs);
    }
  })();
  await work();
  isDone = true;
  await writing;
  return waitsMs;
}

for (let written = 0; written < 20_000; written += 10) await store.write({ append: entries.batch(10) });
const position = entries.last();
const pages = Array.from({ length: 16 }, () => createPage());

const checkpoint = await watchTurns(async () =>
  beside(async () => {
    for (let count = 0; count < PAGES; count++) await store.addPages([pages[count % pages.length]]);
  }),
);
reportTurns("a checkpoint of 65 MB beside writes", checkpoint, TARGET_MS);
report({ name: "a write meanwhile, median", unit: "ms", value: medianOf(checkpoint.result) });
await store.write({
  checkpoint: { kind: "full", ...position, digest: "bench", pageCount: PAGES },
  committed: position.zxid,
});

/** Longer than it takes to delete the records that nobody needs any more, which goes on behind the purge. */
const sweepMs = 1000;
const purge = await watchTurns(async () =>
  beside(async () => {
    await store.purge(position.zxid);
    await new Promise((resolve) => setTimeout(resolve, sweepMs));
  }),
);
reportTurns("purge of 2,000 records beside writes, and a second", purge, TARGET_MS);

const kept = entries.last();
for (let written = 0; written < 5000; written += 5) await store.write({ append: entries.batch(5) });
reportTurns(
  "truncation of 1,000 records",
  await watchTurns(async () => store.write({ truncateAfter: kept.zxid })),
  TARGET_MS,
);
await store.close();

const { store: other } = await createStore("batch");
const large = createEntries(64 * 1024).batch(1000);
reportTurns("one batch of 65 MB", await watchTurns(async () => other.write({ append: large })), TARGET_MS);
await other.close();
