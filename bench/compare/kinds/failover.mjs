// The leader of three is killed, or stopped as if its machine had vanished, while sessions write.
import { setTimeout as pause } from "node:timers/promises";
import { generate } from "../load/generator.mjs";
import { untilCalm } from "../load/machine.mjs";
import { Ensemble } from "../servers/ensemble.mjs";
import { probeEtcd } from "./etcd-probe.mjs";
import { ClientProbe } from "./client-probe.mjs";

const MEMBERS = 3;
const TIMEOUT_MS = 10_000;
const WARM_UP_SECONDS = 1;
/** From the start of the load's warm-up on: all sessions write by then. */
const UNTIL_SIGNAL_MS = 2500;
/** After the signal, so that the slowest is back: who is stopped is noticed by ZooKeeper after 10 s. */
const SECONDS = { SIGKILL: 5, SIGSTOP: 16 };
const REST_MS = 1000;

/** How long a load has to run. */
function windowOf(signal) {
  return { warmup: WARM_UP_SECONDS, seconds: UNTIL_SIGNAL_MS / 1000 - WARM_UP_SECONDS + SECONDS[signal] };
}

async function end(ensemble, signal) {
  await pause(UNTIL_SIGNAL_MS);
  const leader = await ensemble.leader();
  ensemble.kill(leader, signal);
  return { leader, atMs: performance.now() };
}

/**
 * Of a process that ends meanwhile, /proc does not tell what it has used: nothing is said of processors and of others. That writes
 * fail is the very matter, and no error.
 */
function figuresOf({ service_gap_ms: serviceGapMs, by_session: bySession, errors, operations }) {
  const sessionGapMs = Math.max(...bySession.map(({ gap_ms: gapMs }) => gapMs));
  return {
    service_gap_ms: serviceGapMs,
    session_gap_ms: sessionGapMs,
    by_session: bySession,
    operations,
    tries_failed: errors,
  };
}

async function writeThrough(ensemble, signal) {
  const load = { mode: "failover", sessions: MEMBERS, timeoutMs: TIMEOUT_MS, ...windowOf(signal) };
  const probe = ensemble.name.startsWith("coterie") ? await ClientProbe.open(ensemble.addresses, TIMEOUT_MS) : null;
  try {
    const [run, { leader, atMs }] = await Promise.all([generate(load, ensemble.addresses), end(ensemble, signal)]);
    const client = probe === null ? {} : { client_back_ms: probe.backMs(atMs) };
    return { leader, run: { ...figuresOf(run), ...client } };
  } finally {
    await probe?.close();
  }
}

async function probeThrough(ensemble, signal) {
  const [run, { leader }] = await Promise.all([probeEtcd(ensemble.ports, windowOf(signal)), end(ensemble, signal)]);
  return { leader, run };
}

export const failover = {
  section: ({ signal }) => `failover by ${signal}`,

  takes: () => true,

  async open(product, _measure, { warmSeconds }) {
    const ensemble = await Ensemble.start(product, MEMBERS);
    const load = { mode: "ops", op: "set", sessions: 30, inflight: 10, seconds: warmSeconds, warmup: 0 };
    if (product.name !== "etcd" && warmSeconds > 0) await generate(load, ensemble.addresses);
    return ensemble;
  },

  async run(ensemble, { signal }, { patienceSeconds }) {
    await untilCalm(patienceSeconds);
    const through = ensemble.name === "etcd" ? probeThrough : writeThrough;
    const { leader, run } = await through(ensemble, signal);
    await ensemble.restart(leader);
    await pause(REST_MS);
    return run;
  },

  close: (ensemble) => ensemble.end(),
};
