// Linearizable gets, 30 sessions with 10 in flight each: in the process of one of three peers, and through our client.
import { connect } from "../../packages/coterie/dist/index.js";
import { reportRates } from "../lib/measure.mjs";
import { keepInFlight, startOneOfThree } from "../lib/session-bench.mjs";

const SESSIONS = 30;
const IN_FLIGHT = 10;
const ROUNDS = 5;
const ROUND_MS = 1500;
const PATH = "/bench";
/** Three times what etcd 3.4 reaches on such a machine; beside it in one run: npm run bench -- compare linearizable */
const TARGET = 60_000;

async function measure(name, open) {
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, open));
  let next = 0;
  const get = () => sessions[next++ % SESSIONS].get(PATH, { consistency: "linearizable" });
  await keepInFlight(SESSIONS * IN_FLIGHT, ROUND_MS, get);
  const rates = [];
  for (let round = 0; round < ROUNDS; round++) rates.push(await keepInFlight(SESSIONS * IN_FLIGHT, ROUND_MS, get));
  reportRates(`linearizable gets ${name}, 30 x 10`, rates, TARGET);
  await Promise.all(sessions.map((session) => session.close()));
}

for (const role of ["leading", "following"]) {
  const { peer, ensemble, stop } = await startOneOfThree(role);
  const session = await peer.openSession();
  await session.create(PATH, "x".repeat(100));
  await measure(`in the process of a peer that is ${role}`, () => peer.openSession());
  if (role === "leading") await measure("through our client", () => connect(ensemble.connectString));
  await stop();
}
