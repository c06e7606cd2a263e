// The order of all writes is not searched for: replies carry the zxid that they saw. So a history of any length is checked in one
// pass: what was read is the state at that zxid, versions count without a gap, sessions never go back, and who began after
// somebody had been answered comes behind it.
import { writesOf } from "./states.mjs";

/** @typedef {import("../history/operation.d.mts").Operation} Operation */
/** @typedef {import("./states.mjs").States} States */
/** @typedef {import("./report.mjs").Report} Report */

/** @param {readonly Operation[]} operations @param {States} states @param {Report} report */
export function checkWitness(operations, states, report) {
  for (const path of states.paths) checkVersions(path, states, report);
  const lows = checkSessions(operations, states, report);
  for (const operation of operations) {
    if (operation.seen === 0) continue;
    if (operation.call.kind === "get") checkRead(operation, operation.call.path, states, report);
    else checkRefusal(operation, states, lows.get(operation) ?? 0, report);
  }
  checkRealTime(operations, states, report);
}

/** Each write counts one up; as many numbers may be missing as there are writes of which nobody knows. @param {string} path @param {States} states @param {Report} report */
function checkVersions(path, states, report) {
  const known = states.of(path);
  let missing = 0;
  let before = -1;
  for (const { version, operation, zxid } of known) {
    report.count("states in order");
    const write = writesOf(operation.call).find((each) => each.path === path);
    if (version === null) {
      missing -= 1;
      continue;
    }
    if (version <= before)
      report.fail("versions count", operation, `made version ${version} at ${zxid}, behind ${before}`);
    if (write !== undefined && write.version >= 0 && version !== write.version + 1) {
      report.fail("compare and set", operation, `made version ${version} of what it expected at ${write.version}`);
    }
    missing += version - before - 1;
    before = version;
  }
  const unresolved = states.unresolved.get(path) ?? 0;
  const last = known.at(-1);
  if (missing > unresolved && last !== undefined) {
    const what = `is the last known state of ${path}: ${missing} versions before it are nobody's, and ${unresolved} writes are unknown`;
    report.fail("acknowledged writes stay", last.operation, what);
  }
}

/** @param {Operation} operation @param {string} path @param {States} states @param {Report} report */
function checkRead(operation, path, states, report) {
  const { result, code, seen } = operation;
  const index = states.indexAt(path, seen);
  const state = states.of(path)[index];
  if (result?.kind === "state") {
    report.count("reads at their zxid");
    if (result.mzxid > seen)
      report.fail("reads match their zxid", operation, `saw ${result.mzxid} in a reply at ${seen}`);
    else if (state !== undefined && state.zxid !== result.mzxid) {
      const what = `gave the state of ${result.mzxid} at ${seen}, where that of ${state.zxid} (${state.operation.id}) was right`;
      report.fail("reads match their zxid", operation, what);
    }
  } else if (code === "NO_NODE") {
    report.count("reads at their zxid");
    if (state !== undefined) {
      report.fail(
        "reads match their zxid",
        operation,
        `found nothing at ${seen}; there was ${state.zxid} (${state.operation.id})`,
      );
    }
  }
}

/** What was refused was to be refused at some zxid between what its session had seen before and what the reply saw. @param {Operation} operation @param {States} states @param {number} low @param {Report} report */
function checkRefusal(operation, states, low, report) {
  const { call, code, seen } = operation;
  if (call.kind !== "create" && call.kind !== "set") return;
  const { path } = call;
  if (code === "NODE_EXISTS") {
    report.count("refusals");
    const first = states.of(path)[0];
    const isPossible =
      first === undefined ? states.unresolved.has(path) : first.zxid <= seen || states.unresolved.has(path);
    if (!isPossible) report.fail("refusals are right", operation, `found ${path} at ${seen}, where nobody had made it`);
  }
  if (code !== "BAD_VERSION") return;
  report.count("refusals");
  const index = states.indexAt(path, low);
  const [state, next] = [states.of(path)[index], states.of(path)[index + 1]];
  if (state === undefined || state.version !== call.version || low < state.zxid) return;
  // Nobody can have changed it in between: the next one known is the next there was, and comes later; or there is none.
  const isNext =
    next === undefined ? !states.unresolved.has(path) : next.version === call.version + 1 && next.zxid > seen;
  if (isNext)
    report.fail(
      "refusals are right",
      operation,
      `was refused at ${seen}, where ${path} had that version since ${state.zxid}`,
    );
}

/**
 * Gives of each operation what its session had seen before it. A write that was not answered may take effect late, and is not seen by
 * that; but what one session writes takes effect in the order in which it was asked for.
 *
 * @param {readonly Operation[]} operations @param {States} states @param {Report} report
 */
function checkSessions(operations, states, report) {
  /** @type {Map<string, { seen: number, seenBy: string, written: number, writtenBy: string }>} */
  const lasts = new Map();
  /** @type {Map<Operation, number>} */
  const lows = new Map();
  for (const operation of operations) {
    report.count("steps of sessions");
    const { session, seen, id } = operation;
    const last = lasts.get(session) ?? { seen: 0, seenBy: "", written: 0, writtenBy: "" };
    lasts.set(session, last);
    lows.set(operation, last.seen);
    const own = states.zxids.get(operation);
    if (own !== undefined && own <= last.seen) {
      const what = `took effect at ${own}; its session had seen ${last.seen} in ${last.seenBy}`;
      report.fail("sessions in order", operation, what);
    }
    if (own !== undefined && own <= last.written) {
      report.fail("sessions in order", operation, `took effect at ${own}, behind ${last.writtenBy} at ${last.written}`);
    }
    if (own !== undefined && seen > 0 && seen < own) {
      report.fail("sessions in order", operation, `was answered at ${seen}, before it took effect at ${own}`);
    }
    if (seen > 0 && seen < last.seen) {
      const what = `was answered at ${seen}; its session had seen ${last.seen} in ${last.seenBy}`;
      report.fail("sessions in order", operation, what);
    }
    if (seen > last.seen) [last.seen, last.seenBy] = [seen, id];
    if (own !== undefined && own > last.written) [last.written, last.writtenBy] = [own, id];
  }
  return lows;
}

/** Writes, and reads with a quorum's word or behind a sync, come after all that had been answered before they began. @param {readonly Operation[]} operations @param {States} states @param {Report} report */
function checkRealTime(operations, states, report) {
  const begun = operations.toSorted((one, other) => one.begunMs - other.begunMs);
  const ended = operations
    .filter(({ endMs, seen }) => endMs < Infinity && seen > 0)
    .toSorted((one, other) => one.endMs - other.endMs);
  let highest = 0;
  let by = "";
  let at = 0;
  for (const operation of begun) {
    for (let next = ended[at]; next !== undefined && next.endMs < operation.begunMs; next = ended[++at]) {
      if (next.seen > highest) [highest, by] = [next.seen, next.id];
    }
    const { call, seen } = operation;
    const own = states.zxids.get(operation);
    if (own !== undefined) {
      report.count("writes in real time");
      if (own <= highest)
        report.fail(
          "writes in real time",
          operation,
          `took effect at ${own}; ${by} had seen ${highest} before it began`,
        );
    }
    if (seen === 0 || operation.outcome === "unknown") continue;
    if (call.kind !== "sync" && !("isLinearizable" in call && call.isLinearizable)) continue;
    report.count("linearizable reads in real time");
    if (seen < highest)
      report.fail("linearizable reads", operation, `saw ${seen}; ${by} had seen ${highest} before it began`);
  }
}
