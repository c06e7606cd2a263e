// The most entries that a batch may have, none with a byte of its own: what an entry costs apart from its bytes, in a synced
// write, in an opening that checks them all, and in the longest turn of the event loop meanwhile.
import { LOG_LIMITS } from "@coterie/interface";
import { report } from "../lib/measure.mjs";
import { createEntries, createStore, watchTurns } from "../lib/storage-bench.mjs";

const TARGET_MS = 20;
const ROUNDS = 7;
const COUNT = LOG_LIMITS.batchEntriesMax;

const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1];

function reportRounds(name, rounds) {
  const wholeMs = median(rounds.map((round) => round.wholeMs));
  report({ name, unit: "ms", value: wholeMs });
  report({ name: `${name}, an entry`, unit: "us", value: (wholeMs * 1000) / COUNT });
  report({
    name: `${name}, longest turn undisturbed`,
    unit: "ms",
    value: median(rounds.map(({ longestUndisturbedMs }) => longestUndisturbedMs)),
    target: TARGET_MS,
    atLeast: false,
  });
  report({ name: `${name}, longest turn`, unit: "ms", value: median(rounds.map(({ longestMs }) => longestMs)) });
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
