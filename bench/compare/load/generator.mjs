// Runs the load generator beside servers.
import { buildGenerator } from "./build.mjs";
import { collect } from "../servers/processes.mjs";

/** Of two processors, what others may have used during a run that counts. */
const OTHERS_MAX_CPUS = 0.35;

const FLAGS = {
  mode: "--mode",
  op: "--op",
  sessions: "--sessions",
  inflight: "--inflight",
  size: "--size",
  root: "--root",
  keys: "--keys",
  count: "--count",
  seconds: "--seconds",
  warmup: "--warmup",
  timeoutMs: "--timeout-ms",
  helloMs: "--hello-ms",
};

/** @returns the command line's arguments for such a load */
export function generatorArguments(load, addresses, pids) {
  const flags = Object.entries(load).flatMap(([key, value]) =>
    FLAGS[key] === undefined ? [] : [FLAGS[key], String(value)],
  );
  const clean = load.isCleaned === true ? ["--clean"] : [];
  return ["--servers", addresses.join(","), "--pids", pids.join(","), ...flags, ...clean];
}

/** What it has measured, as soon as it ends. Addresses are enough for servers that are not up yet. */
export async function generate(load, addresses, pids = []) {
  const output = await collect(buildGenerator(), generatorArguments(load, addresses, pids));
  return judge(JSON.parse(output));
}

/** With what others had of the processors: everything that is not the client or the servers, the kernel's own threads included. */
export function judge(run) {
  const others = run.cpu_machine - run.cpu_client - run.cpu_servers;
  return { ...run, cpu_others: others, disturbed: others > OTHERS_MAX_CPUS };
}
