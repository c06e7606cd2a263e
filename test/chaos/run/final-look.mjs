// When nobody writes any more and everybody has been mended: what each peer says of everything.
import { connect } from "../../../packages/coterie/dist/index.js";
import { Client } from "../work/client.mjs";
import { ACCOUNTS } from "../work/workloads.mjs";

/** @typedef {import("../../../packages/coterie/dist/index.js").Session} Session */

const DEADLINE_MS = 60_000;
/** Written by locks and sessions while they end; the rest is to be equal everywhere. */
const PASSING = ["/ephemerals", "/locks", "/zookeeper"];

/**
 * Reads, on record, at every peer what the checkers have to know, and gives what is wrong with the trees themselves.
 *
 * @param {import("../nemesis/fleet.mjs").Fleet} fleet
 * @param {import("../history/recorder.mjs").Recorder} recorder
 * @param {import("../../../packages/interface/dist/index.js").Random} random
 * @returns {Promise<string[]>}
 */
export async function finalLook(fleet, recorder, random) {
  /** @type {string[]} */
  const failures = [];
  /** @type {Map<string, string> | null} */
  let first = null;
  for (const [index, port] of fleet.clientPorts.entries()) {
    const name = `final-${index + 1}`;
    const open = () => connect(`127.0.0.1:${port}`, { sessionTimeoutMs: 10_000, deadlineMs: DEADLINE_MS });
    const client = new Client({ name, work: "final", open, recorder, random });
    const session = await client.living();
    if (session === null) continue;
    await client.do({ kind: "sync" });
    for (let account = 0; account < ACCOUNTS; account++)
      await client.do({ kind: "get", path: `/accounts/${account}`, isLinearizable: true });
    await look(client, session, ["/registers", "/counters"], "get");
    await look(client, session, ["/sequences"], "children");
    if (index === 0 && !(await untilNoEphemerals(client, session)))
      failures.push("ephemeral znodes of sessions that are over are there");
    await client.do({ kind: "sync" });
    const tree = await treeOf(session);
    if (first === null) first = tree;
    else
      failures.push(
        ...differences(first, tree).map((what) => `peer ${index + 1} has another tree than peer 1: ${what}`),
      );
    await client.close();
  }
  return failures;
}

/** @param {Client} client @param {Session} session @param {readonly string[]} parents @param {"get" | "children"} kind */
async function look(client, session, parents, kind) {
  for (const parent of parents) {
    const { children } = await patiently(() => session.children(parent));
    await Promise.all(children.map((name) => client.do({ kind, path: `${parent}/${name}`, isLinearizable: false })));
  }
}

/** @param {Client} client @param {Session} session */
async function untilNoEphemerals(client, session) {
  const endMs = performance.now() + DEADLINE_MS;
  const { children } = await patiently(() => session.children("/ephemerals"));
  for (const name of children) {
    for (;;) {
      const list = await client.do({ kind: "children", path: `/ephemerals/${name}`, isLinearizable: true });
      if (list.result?.kind === "children" && list.result.names.length === 0) break;
      if (performance.now() > endMs) return false;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return true;
}

/** Asks again where a connection was lost. @template Answer @param {() => Promise<Answer>} ask @returns {Promise<Answer>} */
async function patiently(ask) {
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { retryable } = /** @type {{ retryable?: boolean }} */ (error);
      if (retryable !== true || performance.now() > endMs) throw error;
    }
  }
}

/** By path, all that there is to know. @param {Session} session */
async function treeOf(session) {
  /** @type {Map<string, string>} */
  const tree = new Map();
  /** @type {string[]} */
  const open = ["/"];
  for (let batch = open.splice(0, 200); batch.length > 0; batch = open.splice(0, 200)) {
    await Promise.all(
      batch.map(async (path) => {
        const [znode, { children }] = await patiently(() => Promise.all([session.get(path), session.children(path)]));
        const { version, cversion, mzxid, czxid } = znode.stat;
        tree.set(path, `${znode.text()} ${version} ${cversion} ${mzxid} ${czxid}`);
        const below = children.map((name) => (path === "/" ? `/${name}` : `${path}/${name}`));
        open.push(...below.filter((each) => !PASSING.includes(each)));
      }),
    );
  }
  return tree;
}

/** @param {ReadonlyMap<string, string>} one @param {ReadonlyMap<string, string>} other */
function differences(one, other) {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths]
    .filter((path) => one.get(path) !== other.get(path))
    .slice(0, 5)
    .map((path) => `${path} is ${other.get(path)}, not ${one.get(path)}`);
}
