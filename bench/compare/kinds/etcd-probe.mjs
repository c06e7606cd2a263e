// How long etcd takes no write: a loop a member, each put given up after 60 ms, so the gap is good to that.
import { setTimeout as pause } from "node:timers/promises";
import { put } from "../servers/etcd.mjs";

const PATIENCE_MS = 60;
const RETRY_MS = 2;

/** The longest time without any of them, which need not be in order, from one moment to another: what is open at the end counts. */
export function longestGap(times, fromMs, untilMs) {
  const within = times.filter((time) => time > fromMs && time < untilMs).toSorted((one, other) => one - other);
  const ends = [...within, untilMs];
  return Math.max(...ends.map((time, index) => time - (index === 0 ? fromMs : ends[index - 1])));
}

/** As the generator does: what is done during the warm-up does not count. */
export async function probeEtcd(ports, { warmup, seconds }) {
  const fromMs = performance.now() + warmup * 1000;
  const endsMs = fromMs + seconds * 1000;
  const doneMs = [];
  const probe = async (port) => {
    while (performance.now() < endsMs) {
      try {
        await put(port, `failover/${port}`, "1", PATIENCE_MS);
        doneMs.push(performance.now());
      } catch {
        await pause(RETRY_MS);
      }
    }
  };
  await Promise.all(ports.map(probe));
  return { service_gap_ms: longestGap(doneMs, fromMs, endsMs), operations: doneMs.length };
}
