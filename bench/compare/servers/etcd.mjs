// etcd from Debian's package `etcd-server`, with its defaults but for the room that it may take; and its gateway in JSON.
import { setTimeout as pause } from "node:timers/promises";
import { hasCommand } from "./has-command.mjs";

const SERVING_MAX_MS = 60_000;
const QUOTA_BYTES = 6 * 2 ** 30;

const base64 = (text) => Buffer.from(text).toString("base64");

/** A call through the gateway; throws unless it succeeds within `patienceMs`. */
async function call(port, method, body, patienceMs = 1000) {
  const response = await fetch(`http://127.0.0.1:${port}/v3/${method}`, {
    method: "POST",
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(patienceMs),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`etcd has answered ${response.status}`);
  return answer;
}

export function put(port, key, value, patienceMs) {
  return call(port, "kv/put", { key: base64(key), value: base64(value) }, patienceMs);
}

/** All of them at once. */
export function putAll(port, keys, value) {
  const success = keys.map((key) => ({ requestPut: { key: base64(key), value: base64(value) } }));
  return call(port, "kv/txn", { success }, 30_000);
}

/** A first put, tried again and again. */
export async function untilPut(port, pauseMs = 5) {
  const endsMs = performance.now() + SERVING_MAX_MS;
  for (;;) {
    try {
      await put(port, "first", "1");
      return;
    } catch (error) {
      if (performance.now() > endsMs) throw error;
      await pause(pauseMs);
    }
  }
}

/**
 * etcd 3.4 copies a buffer for each read, which keeps the size of the last burst of writes. A few small puts with pauses make it
 * small again: reads are measured at their best.
 */
export async function forgetBurst(port) {
  for (let round = 0; round < 3; round++) {
    await pause(400);
    await put(port, "calm", "1", 5000);
  }
}

async function isLeader(port) {
  const { header, leader } = await call(port, "maintenance/status", {});
  return header.member_id === leader;
}

export const etcd = {
  name: "etcd",
  title: "etcd",
  portsEach: 2,
  missing: () => {
    if (!hasCommand("etcd")) return "Debian's package etcd-server is not installed";
    return hasCommand("h2load") ? null : "Debian's package nghttp2-client, with h2load, is not installed";
  },
  launch: (directory, index, ports) => {
    const members = ports.length / 2;
    const url = (port) => `http://127.0.0.1:${port}`;
    const peer = url(ports[members + index]);
    const cluster = Array.from({ length: members }, (_, other) => `m${other + 1}=${url(ports[members + other])}`).join(
      ",",
    );
    const client = ["--listen-client-urls", url(ports[index]), "--advertise-client-urls", url(ports[index])];
    const peers = ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", cluster];
    const rest = ["--log-level", "error", "--quota-backend-bytes", String(QUOTA_BYTES)];
    return {
      command: "etcd",
      args: ["--name", `m${index + 1}`, "--data-dir", `${directory}/data`, ...client, ...peers, ...rest],
    };
  },
  untilServing: async (ports) => {
    for (const port of ports) await untilPut(port, 20);
  },
  leader: async (ports) => {
    const leads = await Promise.all(ports.map(isLeader));
    return leads.indexOf(true);
  },
};
