// Gets in the process of the peer, each awaited before the next is asked.
import { measure } from "../lib/measure.mjs";
import { startAlone } from "../lib/session-bench.mjs";

const OPERATIONS = 1000;
const ZNODES = 1000;

const { peer, stop } = await startAlone();
const session = await peer.openSession();
const paths = Array.from({ length: ZNODES }, (_, index) => `/bench/n${index}`);
await session.create("/bench");
await Promise.all(paths.map(async (path) => session.create(path, "x".repeat(100))));

async function getEach() {
  for (let index = 0; index < OPERATIONS; index++) await session.get(paths[index]);
}

async function getTogether() {
  await Promise.all(paths.map(async (path) => session.get(path)));
}

await measure([
  { name: "get, awaited one by one", operations: OPERATIONS, run: getEach, target: 1_000_000 },
  { name: "get, 1,000 at once", operations: ZNODES, run: getTogether },
]);
await stop();
