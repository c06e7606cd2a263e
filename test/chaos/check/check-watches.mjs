// Recursive watches: while nothing was missed, each change is told, once, in the order of zxids, and nothing else.
import { writesOf } from "./states.mjs";

/** @typedef {import("../history/operation.d.mts").Operation} Operation */
/** @typedef {import("./states.mjs").States} States */
/** @typedef {import("./report.mjs").Report} Report */

const RULE = "watches";

/** @param {readonly Operation[]} operations @param {States} states @param {Report} report */
export function checkWatches(operations, states, report) {
  const changes = changesByTop(states);
  const written = new Set(operations.flatMap(({ call }) => writesOf(call).map(({ path }) => path)));
  for (const operation of operations) {
    const { call, result } = operation;
    if (call.kind !== "watch" || result?.kind !== "events") continue;
    report.count("watches");
    checkTold(operation, result, { states, written, top: call.path }, report);
    checkNothingMissed(operation, result, changes.get(call.path) ?? [], report);
  }
}

/** What is known to have changed below each znode of the first level, by zxid. @param {States} states */
function changesByTop(states) {
  /** @type {Map<string, { path: string, zxid: number, version: number | null, by: string }[]>} */
  const changes = new Map();
  for (const path of states.paths) {
    const top = path.slice(0, path.indexOf("/", 1));
    const list = changes.get(top) ?? [];
    changes.set(top, list);
    for (const { zxid, version, operation } of states.of(path)) list.push({ path, zxid, version, by: operation.id });
  }
  for (const list of changes.values()) list.sort((one, other) => one.zxid - other.zxid);
  return changes;
}

/** @typedef {Extract<import("../history/operation.d.mts").Result, { kind: "events" }>} Events */

/** @param {Operation} operation @param {Events} events @param {{ states: States, written: ReadonlySet<string>, top: string }} known @param {Report} report */
function checkTold(operation, { after, told }, { states, written, top }, report) {
  let last = after;
  /** @type {Set<string>} */
  const seen = new Set();
  for (const [kind, path, zxid] of told) {
    report.count("events of watches");
    const what = `was told ${kind} of ${path} at ${zxid}`;
    if (zxid < last || zxid === after) report.fail(RULE, operation, `${what}, behind ${last}`);
    last = Math.max(last, zxid);
    if (seen.has(`${path} ${zxid}`)) report.fail(RULE, operation, `${what} twice`);
    seen.add(`${path} ${zxid}`);
    if (kind === "children-changed") report.fail(RULE, operation, `${what}, which a recursive watch does not say`);
    // The first level is made before clients begin, off the record.
    if ((kind !== "created" && kind !== "data-changed") || path === top) continue;
    const state = states.of(path)[states.indexAt(path, zxid)];
    if (state?.zxid !== zxid) {
      // It may have been a write whose client was not answered, if there was one.
      if (!written.has(path) || !states.unresolved.has(path))
        report.fail(RULE, operation, `${what}, where nobody wrote`);
    } else if (state.version !== null && (state.version === 0) !== (kind === "created")) {
      report.fail(RULE, operation, `${what}, which became version ${state.version} then`);
    }
  }
}

/** @param {Operation} operation @param {Events} events @param {readonly { path: string, zxid: number, by: string }[]} changes @param {Report} report */
function checkNothingMissed(operation, { after, upTo, told }, changes, report) {
  const heard = new Set(told.map(([, path, zxid]) => `${path} ${zxid}`));
  for (let at = firstAfter(changes, after); at < changes.length; at++) {
    const { path, zxid, by } = changes[at] ?? { path: "", zxid: Infinity, by: "" };
    if (zxid > upTo) break;
    report.count("changes that were to be told");
    if (heard.has(`${path} ${zxid}`)) continue;
    const what = `was not told of ${path} at ${zxid} (${by}), between ${after} and ${upTo}`;
    report.fail(RULE, operation, what);
  }
}

/** @param {readonly { zxid: number }[]} changes @param {number} after */
function firstAfter(changes, after) {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.zxid ?? Infinity) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
