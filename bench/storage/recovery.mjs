// How long it takes until a store is open, all of it checked, and until its checkpoint has been handed out; and the longest
// turn of the event loop meanwhile.
import { report } from "../lib/measure.mjs";
import { createEntries, createPage, createStore } from "../lib/storage-bench.mjs";
import { reportTurns, watchTurns } from "../lib/turns.mjs";

const TARGET_MS = 20;
/** As of 1,000,000 znodes with 100 bytes: 130 MB in pages of 64 KiB. */
const PAGES = 2000;
const LOG_ENTRIES = 300_000;
const READ_BYTES = 2 ** 20;

const { store } = await createStore("recovery");
const entries = createEntries(200);
for (let written = 0; written < LOG_ENTRIES; written += 1000) await store.write({ append: entries.batch(1000) });
await store.close();
// The first opening makes tables of the write-ahead log.
await store.open();
await store.close();
reportTurns("open with a log of 300,000 entries, 60 MB", await watchTurns(async () => store.open()), TARGET_MS);

for (let count = 0; count < PAGES; count++) await store.addPages([createPage()]);
const mark = { kind: "full", ...entries.last(), digest: "bench", pageCount: PAGES };
await store.write({ checkpoint: mark, committed: mark.zxid });
await store.purge(mark.zxid);
await store.close();
await store.open();
await store.close();

const startMs = performance.now();
reportTurns("open with a checkpoint of 131 MB and no log", await watchTurns(async () => store.open()), TARGET_MS);
const reading = await watchTurns(async () => {
  const reader = await store.openCheckpoint();
  for (let first = 0; first < PAGES;) first += (await reader.read(first, READ_BYTES)).length;
  await reader.close();
});
reportTurns("reading its 2,000 pages", reading, TARGET_MS);
report({ name: "both, of the 1.5 s in which a tree is to be back", unit: "ms", value: performance.now() - startMs });
await store.close();
