// etcd's load: gRPC by h2load, since etcd's own benchmark is not packaged. A session is a connection, one in flight a stream.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { quantilesOf } from "../../lib/quantiles.mjs";
import { collect } from "../servers/processes.mjs";
import { checkCall } from "./grpc-call.mjs";
import { busySeconds, cpuSeconds, ownSeconds, residentMib } from "./machine.mjs";
import { judge } from "./generator.mjs";

const WARM_UP_SECONDS = 1;
const METHODS = { put: "Put", serializable: "Range", linearizable: "Range" };
const KEY = "load/1";

/** A field of a protocol buffer that holds bytes. */
function field(number, bytes) {
  const length = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), bytes]);
}

/** A call's message in the frame of gRPC. */
export function grpcBody(call, size) {
  const key = field(1, Buffer.from(KEY));
  const rest = {
    put: field(2, Buffer.alloc(size, "x")),
    serializable: Buffer.from([7 << 3, 1]),
    linearizable: Buffer.alloc(0),
  };
  const message = Buffer.concat([key, rest[call]]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** What h2load printed: calls a second, and how many failed, as far as HTTP tells: `checkCall` looks behind that. */
export function parseSummary(text) {
  const rate = Number(/finished in .*?, ([\d.]+) req\/s/.exec(text)?.[1] ?? 0);
  const errors = Number(/requests: .*? (\d+) failed/.exec(text)?.[1] ?? 0);
  return { rate, errors };
}

/** Microseconds of each call that succeeded, from its log: a line a call, of when it began, its status and its microseconds. */
export function parseLog(text) {
  const lines = text.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")]));
  return lines.flatMap(([, status, us]) => (status === "200" ? [Number(us)] : []));
}

/** In a run's own fields. */
export function latenciesOf(times) {
  const [p50, p90, p99, p999, max] = quantilesOf(times, [0.5, 0.9, 0.99, 0.999, 1]);
  return { p50_us: p50, p90_us: p90, p99_us: p99, p999_us: p999, max_us: max };
}

/** Sessions spread over the members; one alone is at the first. */
function shares(sessions, addresses) {
  if (sessions < addresses.length) return [{ address: addresses[0], sessions }];
  const extra = sessions % addresses.length;
  const each = Math.floor(sessions / addresses.length);
  return addresses.map((address, index) => ({ address, sessions: each + (index < extra ? 1 : 0) }));
}

async function runOne(share, { call, inflight, size }, seconds, directory) {
  const [body, log] = [`${directory}/body-${share.address}`, `${directory}/log-${share.address}`];
  rmSync(log, { force: true });
  writeFileSync(body, grpcBody(call, size));
  const headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"];
  const shape = [
    "-c",
    String(share.sessions),
    "-m",
    String(inflight),
    "-D",
    String(Math.ceil(seconds)),
    "--warm-up-time",
    String(WARM_UP_SECONDS),
  ];
  const path = `/etcdserverpb.KV/${METHODS[call]}`;
  const origin = `http://${share.address}`;
  const command = [...shape, "-d", body, ...headers, "--log-file", log, origin + path];
  await checkCall(origin, path, grpcBody(call, size));
  const summary = parseSummary(await collect("h2load", command));
  await checkCall(origin, path, grpcBody(call, size));
  return { ...summary, times: parseLog(readFileSync(log, "utf8")) };
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

const usageOf = (pids) => ({ atMs: performance.now(), busy: busySeconds(), servers: cpuSeconds(pids) });

/** As `generate` tells it. Of h2load's processor time no more is known than what it took as a whole, warm-up included. */
export async function loadEtcd(load, seconds, addresses, pids, directory) {
  const [startMs, client] = [performance.now(), ownSeconds()];
  const [before, ...parts] = await Promise.all([
    pause(WARM_UP_SECONDS * 1000).then(() => usageOf(pids)),
    ...shares(load.sessions, addresses).map((share) => runOne(share, load, seconds, directory)),
  ]);
  const after = usageOf(pids);
  const wall = (after.atMs - before.atMs) / 1000;
  return judge({
    mode: "etcd",
    rate: sum(parts.map(({ rate }) => rate)),
    errors: sum(parts.map(({ errors }) => errors)),
    ...latenciesOf(parts.flatMap(({ times }) => times)),
    cpu_machine: (after.busy - before.busy) / wall,
    cpu_servers: (after.servers - before.servers) / wall,
    cpu_client: ((ownSeconds() - client) * 1000) / (after.atMs - startMs),
    rss_mib: residentMib(pids),
  });
}
