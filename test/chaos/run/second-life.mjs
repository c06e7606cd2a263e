// What becomes of a backup that was taken under faults, and of an ensemble of which only a minority is left: new ensembles, whose state
// has to be the old one's at one zxid.
import { createReadStream } from "node:fs";
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { classicLevel, connect, restoreBackup, verifyBackup } from "../../../packages/coterie/dist/index.js";
import { createEnsemblePeer } from "../create-ensemble-peer.mjs";
import { coterie } from "../coterie.mjs";
import { Ensemble, freePorts } from "../ensemble.mjs";
import { nowMs } from "../history/recorder.mjs";
import { Client } from "../work/client.mjs";
import { ACCOUNTS } from "../work/workloads.mjs";

/** @typedef {import("../nemesis/fleet.mjs").Fleet} Fleet */
/** @typedef {import("../history/recorder.mjs").Recorder} Recorder */
/** @typedef {import("../../../packages/interface/dist/index.js").Random} Random */

const DEADLINE_MS = 60_000;
const READS_AT_ONCE = 100;

/** What there has been below these while the fleet still lives: nothing of it is ever deleted. @param {Fleet} fleet */
export async function pathsOf(fleet) {
  const session = await connect(fleet.connectString, { sessionTimeoutMs: 10_000, deadlineMs: DEADLINE_MS });
  const paths = Array.from({ length: ACCOUNTS }, (_, account) => `/accounts/${account}`);
  for (const parent of ["/registers", "/counters", "/fenced"]) {
    const { children } = await session.children(parent);
    paths.push(...children.map((name) => `${parent}/${name}`));
  }
  const { children } = await session.children("/sequences");
  await session.close();
  return { paths, lists: children.map((name) => `/sequences/${name}`) };
}

/**
 * Restores the last backup, recovers what the last disaster has left, and puts on record what is read there. Nobody else works any more.
 *
 * @param {Fleet} fleet @param {Awaited<ReturnType<typeof pathsOf>>} known @param {Recorder} recorder @param {Random} random
 * @param {(line: string) => void} say @returns {Promise<string[]>} what is wrong
 */
export async function secondLife(fleet, known, recorder, random, say) {
  /** @type {string[]} */
  const failures = [];
  const [last] = fleet.backups;
  if (last !== undefined) {
    const life = await standUp(fleet, last.file, "restored", failures);
    await readAll(life, known, { zxid: last.zxid, committed: last.zxid, recorder, random });
    await endAll(life, failures);
    say(`restored the backup at ${last.zxid}`);
  }
  if (fleet.survivors.length > 0) {
    const file = join(fleet.directory, "recovered.backup");
    const { committedZxid: committed } = await recover(fleet, file, failures);
    const { zxid } = await verifyBackup(createReadStream(file));
    const life = await standUp(fleet, file, "recovered", failures);
    await readAll(life, known, { zxid, committed, recorder, random });
    await checkFenced(fleet, life, failures);
    await endAll(life, failures);
    say(`recovered what peers ${fleet.survivors.map(({ id }) => id).join()} had, at ${zxid}`);
  }
  return failures;
}

/** As whoever has lost a quorum would do it. @param {Fleet} fleet @param {string} file @param {string[]} failures @returns {Promise<{ committedZxid: number }>} */
async function recover(fleet, file, failures) {
  const directories = fleet.survivors.map(({ directory }) => directory);
  for (const directory of directories) {
    const { code, output } = await coterie("doctor", directory);
    if (code !== 0) failures.push(`the doctor finds ${directory} ill: ${output}`);
  }
  const { code, output } = await coterie("recover-lost-quorum", ...directories, "--out", file, "--yes");
  if (code !== 0) throw new Error(`nothing was recovered: ${output}`);
  return JSON.parse(await readFile(`${file}.report.json`, "utf8"));
}

/** A new ensemble of a backup, with the same ids. @param {Fleet} fleet @param {string} file @param {string} name @param {string[]} failures */
async function standUp(fleet, file, name, failures) {
  const directory = join(fleet.directory, name);
  await mkdir(directory);
  const ensemble = new Ensemble(directory, await freePorts(fleet.ids.length * 2), fleet.timing);
  /** @type {{ clusterId?: string }} */
  let cluster = {};
  for (const id of ensemble.ids) {
    const storage = classicLevel(join(directory, String(id)));
    const { clusterId } = await restoreBackup(createReadStream(file), {
      storage,
      id,
      ensemble: ensemble.ensemble,
      ...cluster,
    });
    cluster = { clusterId };
  }
  const started = Promise.all(ensemble.ids.map((id) => ensemble.start(id))).then(() => true);
  const isUp = await Promise.race([started, sleep(DEADLINE_MS, false)]);
  if (!isUp) failures.push(`what was ${name} does not serve`);
  return ensemble;
}

/** @param {Ensemble} life @param {string[]} failures */
async function endAll(life, failures) {
  await Promise.all(life.ids.map((id) => life.end(id, "SIGTERM")));
  failures.push(...life.failures);
}

/**
 * Each read is that of the old ensemble at the zxid of the backup. What is above `committed` the old ensemble may have given up meanwhile:
 * reads of that say nothing.
 *
 * @param {Ensemble} life @param {Awaited<ReturnType<typeof pathsOf>>} known
 * @param {{ zxid: number, committed: number, recorder: Recorder, random: Random }} record
 */
async function readAll(life, { paths, lists }, { zxid, committed, recorder, random }) {
  const asOld = {
    write: (/** @type {any} */ event) => {
      if (event.e !== "end") recorder.write(event);
      else if (!(event.result?.mzxid > committed)) recorder.write({ ...event, seen: zxid });
    },
    close: () => undefined,
  };
  for (const port of life.clientPorts) {
    const name = `second-life-${port}`;
    const open = () => connect(`127.0.0.1:${port}`, { sessionTimeoutMs: 10_000, deadlineMs: DEADLINE_MS });
    const client = new Client({ name, work: "second life", open, recorder: asOld, random });
    await client.living();
    const calls = [
      ...paths.map((path) => ({ kind: /** @type {const} */ ("get"), path, isLinearizable: false })),
      ...lists.map((path) => ({ kind: /** @type {const} */ ("children"), path, isLinearizable: false })),
    ];
    while (calls.length > 0) {
      const done = await Promise.all(calls.splice(0, READS_AT_ONCE).map((call) => client.do(call)));
      if (done.some(({ outcome }) => outcome === "unknown")) life.failures.push("a read was not answered");
    }
    await client.close();
  }
}

/** A peer of the old ensemble, in the place of one of the new, is not let in by anybody. @param {Fleet} fleet @param {Ensemble} life @param {string[]} failures */
async function checkFenced(fleet, life, failures) {
  const [one] = fleet.survivors;
  if (one === undefined) return;
  const { id } = one;
  await life.end(id, "SIGTERM");
  const directory = join(fleet.directory, "old");
  await cp(one.directory, directory, { recursive: true });
  const old = createEnsemblePeer({ ...life.optionsOf(id), directory });
  let hasServed = false;
  old.on("role", ({ isServing }) => (hasServed ||= isServing));
  const starting = old.start().catch(() => undefined);
  const endMs = nowMs() + DEADLINE_MS;
  const isRefused = () => old.status.peers.every(({ lastError }) => lastError?.includes("PEER_CLUSTER_MISMATCH"));
  while (!isRefused() && nowMs() < endMs) await sleep(20);
  if (!isRefused() || hasServed)
    failures.push(`an old peer was not kept out: ${hasServed ? "it served" : ""} ${JSON.stringify(old.status.peers)}`);
  await old.stop();
  await starting;
}
