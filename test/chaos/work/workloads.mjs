import { setTimeout as sleep } from "node:timers/promises";
import { createMutex } from "../../../packages/coterie/dist/index.js";
import { nowMs } from "../history/recorder.mjs";
import { watchChanges } from "./watch-changes.mjs";

/** @typedef {import("./client.mjs").Client} Client */

/** So long is written to one set of registers, counters and names; then everybody goes on to the next: searches stay short. */
const GENERATION_MS = 20_000;
const REGISTERS = 3;
export const ACCOUNTS = 5;
export const AMOUNT_FIRST = 100;
const LOCKS = 2;
const COUNTERS = 2;
/** Time that a client takes between two steps, at most. */
const PAUSE_MAX_MS = 20;
/** Time between two watches, so that what they are told does not outgrow all else. */
const WATCH_PAUSE_MAX_MS = 3000;
const WATCHED = ["/registers", "/counters", "/accounts", "/ephemerals", "/fenced"];
const LOCK_DEADLINE_MS = 20_000;

/** What there has to be before anybody begins. */
export const PARENTS = ["/registers", "/counters", "/sequences", "/accounts", "/ephemerals", "/locks", "/fenced"];

/** Each does one step with the client's session, which lives. @type {Record<string, (client: Client) => Promise<void>>} */
export const WORKLOADS = { registers, counters, sequences, transfers, ephemerals, locks, watches };

/** Does the client's work, step by step, until it is stopped. @param {Client} client */
export async function work(client) {
  const step = WORKLOADS[client.work];
  if (step === undefined) throw new Error(`no workload is called ${client.work}`);
  while (!client.isStopped) {
    if ((await client.living()) === null) break;
    await step(client);
    await sleep(client.below(PAUSE_MAX_MS));
  }
  await client.close();
}

function generation() {
  return Math.floor(nowMs() / GENERATION_MS);
}

/** Sets, compare-and-sets and reads of either kind, up to three at once. @param {Client} client */
async function registers(client) {
  const path = `/registers/${generation()}-${client.below(REGISTERS)}`;
  const read = await client.do({ kind: "get", path, isLinearizable: client.below(2) === 0 });
  if (read.code === "NO_NODE") {
    const id = client.nextId();
    await client.do({ kind: "create", path, data: id, version: -1 }, id);
    return;
  }
  if (read.result?.kind !== "state") return;
  const { version } = read.result;
  const calls = Array.from({ length: 1 + client.below(3) }, (_, index) => {
    const id = client.nextId();
    const draw = client.below(10);
    if (draw < 3) return client.do({ kind: "get", path, isLinearizable: draw > 0 }, id);
    return client.do({ kind: "set", path, data: id, version: draw === 9 ? -1 : version + index }, id);
  });
  await Promise.all(calls);
}

/** The number of versions is what is counted. @param {Client} client */
async function counters(client) {
  const path = `/counters/${generation()}-${client.below(COUNTERS)}`;
  const id = client.nextId();
  const set = await client.do({ kind: "set", path, data: id, version: -1 }, id);
  if (set.code === "NO_NODE") {
    const creator = client.nextId();
    await client.do({ kind: "create", path, data: creator, version: -1 }, creator);
  }
  if (client.below(3) === 0) await client.do({ kind: "get", path, isLinearizable: client.below(2) === 0 });
}

/** @param {Client} client */
async function sequences(client) {
  const parent = `/sequences/${generation()}`;
  const id = client.nextId();
  const made = await client.do({ kind: "sequence", path: `${parent}/${id}-` }, id);
  if (made.code === "NO_NODE") {
    const creator = client.nextId();
    await client.do({ kind: "create", path: parent, data: creator, version: -1 }, creator);
  }
  if (client.below(5) === 0) await client.do({ kind: "children", path: parent, isLinearizable: client.below(2) === 0 });
}

/** @param {Client} client */
async function transfers(client) {
  const from = client.below(ACCOUNTS);
  const paths = [from, (from + 1 + client.below(ACCOUNTS - 1)) % ACCOUNTS].map((account) => `/accounts/${account}`);
  const reads = await Promise.all(paths.map((path) => client.do({ kind: "get", path, isLinearizable: false })));
  const moved = 1 + client.below(10);
  const id = client.nextId();
  const writes = reads.flatMap(({ result }, index) => {
    if (result?.kind !== "state") return [];
    const amount = Number.parseInt(result.data, 10) + (index === 0 ? -moved : moved);
    return [
      {
        kind: /** @type {const} */ ("set"),
        path: paths[index] ?? "",
        data: `${amount} ${id}`,
        version: result.version,
      },
    ];
  });
  if (writes.length === 2) await client.do({ kind: "multi", writes }, id);
}

/** A session that makes two ephemeral znodes, works, and then closes, is left to its expiry, or works on. @param {Client} client */
async function ephemerals(client) {
  const parent = `/ephemerals/${generation()}`;
  const id = client.nextId();
  const names = [`${id}-a`, `${id}-b`];
  const writes = names.map((name) => ({
    kind: /** @type {const} */ ("create"),
    path: `${parent}/${name}`,
    data: id,
    version: -1,
  }));
  const made = await client.do({ kind: "multi", writes, isEphemeral: true }, id);
  if (made.code === "NO_NODE") {
    const creator = client.nextId();
    await client.do({ kind: "create", path: parent, data: creator, version: -1 }, creator);
    return;
  }
  for (let turn = client.below(20); turn >= 0 && client.isAlive && !client.isStopped; turn--) {
    const draw = client.below(3);
    if (draw === 0) {
      const own = client.nextId();
      await client.do({ kind: "set", path: `/counters/${generation()}-0`, data: own, version: -1 }, own);
    } else await client.do({ kind: "children", path: parent, isLinearizable: draw === 1 });
    await sleep(client.below(PAUSE_MAX_MS * 5));
  }
  // One pair a session: what is seen of it is then known to be of this session.
  if (client.below(3) === 0) await client.abandon();
  else await client.close();
}

/** A lock by its recipe; what its holder writes is guarded by it. @param {Client} client */
async function locks(client) {
  const { session } = client;
  if (session === null) return;
  const lock = client.below(LOCKS);
  const path = `/fenced/${lock}`;
  let hold;
  try {
    hold = await createMutex(session, `/locks/${lock}`).acquire({ deadlineMs: LOCK_DEADLINE_MS });
  } catch {
    // The session is over, or the wait was too long: the next step begins anew.
    return;
  }
  const { path: guard, token } = hold;
  for (let turn = client.below(4); turn >= 0; turn--) {
    const id = client.nextId();
    const writes = [{ kind: /** @type {const} */ ("set"), path, data: `${token} ${id}`, version: -1 }];
    await client.do({ kind: "multi", writes, guard, token }, id);
    // Also when it is held no more, as far as this process knows: the ensemble has to refuse what comes too late.
    await sleep(client.below(PAUSE_MAX_MS));
  }
  await hold.release().catch(() => undefined);
}

/** What others do is told, whatever happens between. @param {Client} client */
async function watches(client) {
  await watchChanges(client, WATCHED[client.below(WATCHED.length)] ?? "", 1 + client.below(30));
  await sleep(client.below(WATCH_PAUSE_MAX_MS));
}
