// A durable set on the leader of three, one in flight, beside a synced batch of one entry on a store of its own. Rounds take turns,
// since the disk of a shared machine is not the same from one minute to the next.
import { report } from "../lib/measure.mjs";
import { medianOf, quantilesOf } from "../lib/quantiles.mjs";
import { startOneOfThree } from "../lib/session-bench.mjs";
import { createEntries, createStore } from "../lib/storage-bench.mjs";

const ROUNDS = 12;
const ROUND_WRITES = 100;
/** Of three peers: the first thousands run on code that is not optimised yet. */
const WARM_SETS = 5000;
const ENTRY_BYTES = 200;
const TARGET = 1.6;

async function timesOf(write, count = ROUND_WRITES) {
  const times = [];
  for (let index = 0; index < count; index++) {
    const startMs = performance.now();
    await write();
    times.push((performance.now() - startMs) * 1000);
  }
  return times;
}

const { store } = await createStore("session");
const entries = createEntries(ENTRY_BYTES);
const { peer, stop } = await startOneOfThree("leading");
const session = await peer.openSession();
const data = "x".repeat(100);
await session.create("/bench", data);

await timesOf(() => session.set("/bench", data), WARM_SETS);

const alone = [];
const sets = [];
const ratios = [];
for (let round = 0; round < ROUNDS; round++) {
  const stored = await timesOf(() => store.write({ append: entries.batch(1) }));
  const set = await timesOf(() => session.set("/bench", data));
  // The first round is a warm-up.
  if (round === 0) continue;
  alone.push(...stored);
  sets.push(...set);
  ratios.push(medianOf(set) / medianOf(stored));
}

function tell(name, times) {
  const [low, value, high, best] = quantilesOf(times, [0.25, 0.5, 0.75, 0.05]);
  report({ name, unit: "us", value, low, high, best });
}

tell("a synced batch of one entry, the store alone", alone);
tell("a set on the leader of three, one in flight", sets);
const [low, value, high, best] = quantilesOf(ratios, [0.25, 0.5, 0.75, 0]);
report({
  name: "the second by the first, medians of each round",
  unit: "x",
  value,
  low,
  high,
  best,
  target: TARGET,
  atLeast: false,
});
await stop();
await store.close();
