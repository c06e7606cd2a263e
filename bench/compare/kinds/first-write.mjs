// How long servers take from the call that starts them to their first acknowledged write.
import { setTimeout as pause } from "node:timers/promises";
import { generate, judge } from "../load/generator.mjs";
import { busySeconds, cpuSeconds, ownSeconds } from "../load/machine.mjs";
import { untilPut } from "../servers/etcd.mjs";

const SECONDS_MAX = 120;
const HELLO_MS = 100;
/** For the load generator to be there first. */
const HEAD_START_MS = 50;

/** Milliseconds from `launch` on, and whether others kept the machine busy meanwhile. The servers begin with `launch`. */
export async function timeFirstWrite(ensemble, launch) {
  const [startMs, busy, own] = [performance.now(), busySeconds(), ownSeconds()];
  const ms = await firstWriteMs(ensemble, launch);
  const wall = (performance.now() - startMs) / 1000;
  const { disturbed, cpu_others: others } = judge({
    cpu_machine: (busySeconds() - busy) / wall,
    cpu_client: (ownSeconds() - own) / wall,
    cpu_servers: cpuSeconds(ensemble.pids) / wall,
  });
  return { ms, disturbed, cpu_others: others };
}

async function firstWriteMs(ensemble, launch) {
  if (ensemble.name === "etcd") return firstPutMs(ensemble, launch);
  const load = { mode: "first", sessions: ensemble.members, count: 1, seconds: SECONDS_MAX, helloMs: HELLO_MS };
  const [{ first_ns: firstNs }, startedNs] = await Promise.all([
    generate(load, ensemble.addresses),
    launchLater(launch),
  ]);
  if (firstNs === 0) throw new Error(`${ensemble.name} has not taken a write within ${SECONDS_MAX} s.`);
  return (firstNs - Number(startedNs)) / 1e6;
}

async function launchLater(launch) {
  await pause(HEAD_START_MS);
  const startedNs = process.hrtime.bigint();
  launch();
  return startedNs;
}

async function firstPutMs(ensemble, launch) {
  const startMs = performance.now();
  launch();
  await Promise.any(ensemble.ports.map((port) => untilPut(port)));
  return performance.now() - startMs;
}
