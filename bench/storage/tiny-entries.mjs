// The most entries that a batch may have, none with a byte of its own: what an entry costs apart from its bytes, in a synced
// write, in an opening that checks them all, and in the longest turn of the event loop meanwhile.
import { LOG_LIMITS } from "@coterie/interface";
import { report } from "../lib/measure.mjs";
import { medianOf } from "../lib/quantiles.mjs";
import { createEntries, createStore } from "../lib/storage-bench.mjs";
import { reportTurns, watchTurns } from "../lib/turns.mjs";

const TARGET_MS = 20;
const ROUNDS = 7;
const COUNT = LOG_LIMITS.batchEntriesMax;

function reportRounds(name, rounds) {
  const of = (field) => medianOf(rounds.map((round) => round[field]));
  const wholeMs = of("wholeMs");
  report({ name: `${name}, an entry`, unit: "us", value: (wholeMs * 1000) / COUNT });
  reportTurns(
    name,
    { wholeMs, longestMs: of("longestMs"), longestUndisturbedMs: of("longestUndisturbedMs") },
    TARGET_MS,
  );
}

const [writes, openings] = [[], []];
for (let round = 0; round < ROUNDS; round++) {
  const { store } = await createStore(`tiny-${round}`);
  const batch = createEntries(0).batch(COUNT);
  writes.push(await watchTurns(async () => store.write({ append: batch })));
  await store.close();
  // The first opening makes a table of the write-ahead log.
  await store.open();
  await store.close();
  openings.push(await watchTurns(async () => store.open()));
  await store.close();
}
const entries = `${COUNT.toLocaleString("en")} empty entries`;
reportRounds(`a write of ${entries} in one batch`, writes);
reportRounds(`open with a log of ${entries}`, openings);
