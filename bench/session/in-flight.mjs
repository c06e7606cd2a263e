// Durable sets on a peer alone, a thousand of them in flight at any time.
import { reportRates } from "../lib/measure.mjs";
import { keepInFlight, startAlone } from "../lib/session-bench.mjs";

const IN_FLIGHT = 1000;
const ROUNDS = 7;
const ROUND_MS = 1500;
const TARGET = 100_000;

const { peer, stop } = await startAlone();
const session = await peer.openSession();
const data = "x".repeat(100);
const paths = Array.from({ length: IN_FLIGHT }, (_, index) => `/bench/n${index}`);
await session.create("/bench");
await Promise.all(paths.map(async (path) => session.create(path, data)));

let next = 0;
const set = () => session.set(paths[next++ % IN_FLIGHT], data);

await keepInFlight(IN_FLIGHT, ROUND_MS, set);
const rates = [];
for (let round = 0; round < ROUNDS; round++) rates.push(await keepInFlight(IN_FLIGHT, ROUND_MS, set));
reportRates("durable sets, 1,000 in flight", rates, TARGET);
await stop();
