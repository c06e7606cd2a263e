// How long etcd takes no write: a loop a member, each put given up after 60 ms, so the gap is good to that.
import { setTimeout as pause } from "node:timers/promises";
import { put } from "../servers/etcd.mjs";

const PATIENCE_MS = 60;
const RETRY_MS = 2;

/** The longest time between two of them, which need not be in order. */
export function longestGap(times) {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted.reduce((gap, time, index) => (index === 0 ? 0 : Math.max(gap, time - sorted[index - 1])), 0);
}

export async function probeEtcd(ports, seconds) {
  const endsMs = performance.now() + seconds * 1000;
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
  return { service_gap_ms: longestGap(doneMs), operations: doneMs.length };
}
