// A standalone server with a million znodes: its memory, its disk, and how soon it is back.
import { setTimeout as pause } from "node:timers/promises";
import { generate } from "../load/generator.mjs";
import { residentMib, untilCalm } from "../load/machine.mjs";
import { Ensemble } from "../servers/ensemble.mjs";
import { putAll } from "../servers/etcd.mjs";
import { timeFirstWrite } from "./first-write.mjs";

const ZNODES = 1_000_000;
const SECONDS_MAX = 600;
const REST_MS = 2000;
const ETCD_BATCH = 100;
const MIB = 2 ** 20;

async function fill(ensemble, count) {
  if (ensemble.name === "etcd") return fillEtcd(ensemble, count);
  const load = { mode: "ops", op: "create", sessions: 10, inflight: 50, size: 100, timeoutMs: 40_000 };
  return generate({ ...load, count, seconds: SECONDS_MAX, warmup: 0 }, ensemble.addresses, ensemble.pids);
}

/** By transactions: its disk does not compare directly. */
async function fillEtcd({ ports: [port] }, count) {
  const value = "x".repeat(100);
  const startMs = performance.now();
  for (let first = 0; first < count; first += ETCD_BATCH) {
    const keys = Array.from({ length: ETCD_BATCH }, (_, index) => `/load/r1/s0/n${first + index}`);
    await putAll(port, keys, value);
  }
  return { rate: (count * 1000) / (performance.now() - startMs), errors: 0 };
}

async function restart(ensemble, signal, { patienceSeconds }) {
  await ensemble.stopAll(signal);
  await untilCalm(patienceSeconds);
  return timeFirstWrite(ensemble, () => ensemble.launchAll());
}

export const million = {
  section: () => "a million znodes",
  takes: (_measure, product) => product !== "floor",
  open: (product) => product,

  async run(product, _measure, settings) {
    await untilCalm(settings.patienceSeconds);
    const ensemble = await Ensemble.start(product, 1);
    try {
      const { rate, errors } = await fill(ensemble, Math.round(ZNODES * settings.scale));
      await pause(REST_MS);
      const [rss, disk] = [residentMib(ensemble.pids), (await ensemble.diskBytes()) / MIB];
      // First, while there is a log to be gone through: an orderly end may leave less to do.
      const kill = await restart(ensemble, "SIGKILL", settings);
      const term = await restart(ensemble, "SIGTERM", settings);
      const times = { restart_term_ms: term.ms, restart_kill_ms: kill.ms, disturbed: term.disturbed || kill.disturbed };
      return { fill_rate: rate, errors, rss_mib: rss, disk_mib: disk, ...times };
    } finally {
      await ensemble.end();
    }
  },

  close: () => undefined,
};
