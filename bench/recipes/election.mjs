// How long it takes until the next candidate leads, over TCP, on three durable peers: a leader resigns, ends its session, or is killed;
// or the ensemble's own leader is killed while an election goes on.
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, createElection } from "../../packages/coterie/dist/index.js";
import { report } from "../lib/measure.mjs";
import { quantilesOf } from "../lib/quantiles.mjs";
import { startThreePeers } from "../lib/three-peers.mjs";

const ROUNDS = 21;
const ROUNDS_KILLED = 7;
const SESSION_TIMEOUT_MS = 1000;
const PATH = "/bench/election";

const [role, connectString] = process.argv.slice(2);
if (role === "candidate") await stand(connectString);
else await measureAll();

/** A candidate that is to be killed. */
async function stand(servers) {
  process.once("disconnect", () => process.exit());
  const session = await connect(servers, { sessionTimeoutMs: SESSION_TIMEOUT_MS });
  await createElection(session, PATH).campaign();
  process.send("leads");
}

async function measureAll() {
  const ensemble = await startThreePeers();
  try {
    const open = () => connect(ensemble.connectString, { sessionTimeoutMs: SESSION_TIMEOUT_MS });
    await measure("the leader resigns", ROUNDS, open, (leads) => leads.hold.release());
    await measure("its session is closed", ROUNDS, open, (leads) => leads.session.close());
    await measure("the ensemble's leader is killed as it resigns", ROUNDS_KILLED, open, async (leads) => {
      const id = await ensemble.untilLeader();
      await Promise.all([ensemble.end(id, "SIGKILL"), leads.hold.release()]);
      return () => ensemble.start(id);
    });
    await measureKilled(ensemble.connectString, open);
  } finally {
    await ensemble.stop();
  }
}

async function measure(name, rounds, open, end) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const first = await lead(await open());
    const next = await waitBehind(await open());
    const startedMs = performance.now();
    const after = await end(first);
    const { hold, atMs } = await next.leads;
    times.push(atMs - startedMs);
    await hold.release();
    await Promise.all([first.session.close(), next.session.close()]);
    await after?.();
  }
  tell(`until the next leads when ${name}`, times);
}

/** With a session timeout of a second: the ensemble waits for as long before it gives the place to another one. */
async function measureKilled(servers, open) {
  const times = [];
  for (let round = 0; round < ROUNDS_KILLED; round++) {
    const child = fork(new URL(import.meta.url), ["candidate", servers]);
    await once(child, "message");
    const next = await waitBehind(await open());
    const startedMs = performance.now();
    child.kill("SIGKILL");
    const { hold, atMs } = await next.leads;
    times.push(atMs - startedMs);
    await hold.release();
    await next.session.close();
  }
  tell(`until the next leads when the leader's process is killed, session timeout ${SESSION_TIMEOUT_MS} ms`, times);
}

async function lead(session) {
  return { session, hold: await createElection(session, PATH).campaign() };
}

/** A candidate that watches the leader by now; it tells when it leads, whatever else is waited for meanwhile. */
async function waitBehind(session) {
  const election = createElection(session, PATH);
  const leads = election.campaign().then((hold) => ({ hold, atMs: performance.now() }));
  while ((await election.candidates()).length < 2) await session.sync();
  return { session, leads };
}

function tell(name, times) {
  const [value, low, high, best] = quantilesOf(times, [0.5, 0.25, 0.75, 0]);
  report({ name, unit: "ms", value, low, high, best, atLeast: false });
}
