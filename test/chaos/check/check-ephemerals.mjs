// Each session makes two ephemeral znodes in one transaction. They are there together, go together, stay as long as their session
// does, and are not there any more once somebody was told that it is over.

/** @typedef {import("../history/operation.d.mts").Operation} Operation */
/** @typedef {{ operation: Operation, parent: string, names: readonly string[], madeAt: number, goneAt: number }} Pair */

/**
 * @param {import("../history/operation.d.mts").History} history
 * @param {import("./states.mjs").States} states
 * @param {import("./report.mjs").Report} report
 */
export function checkEphemerals({ operations, ends }, states, report) {
  const pairs = pairsOf(operations, states);
  const lists = operations.filter(({ call, result }) => call.kind === "children" && result?.kind === "children");
  for (const list of lists) lookForHalves(list, pairs, report);
  const byParent = listsByParent(lists);
  for (const pair of pairs.values()) {
    if (pair.madeAt === 0) continue;
    // Made, and at a later zxid not there: it has gone by then.
    for (const { seen, result } of byParent.get(pair.parent) ?? []) {
      if (seen < pair.madeAt || result?.kind !== "children" || hasOne(result.names, pair)) continue;
      pair.goneAt = Math.min(pair.goneAt, seen);
    }
  }
  checkLives(operations, pairs, report);
  report.count("sessions told to be over", ends.filter(({ code }) => code === "SESSION_EXPIRED").length);
  const over = new Map(
    ends.filter(({ code }) => code === "SESSION_EXPIRED").map(({ session, atMs }) => [session, atMs]),
  );
  for (const list of lists) {
    if (list.call.kind !== "children" || list.result?.kind !== "children") continue;
    for (const name of list.result.names) {
      const pair = pairs.get(`${list.call.path}/${name}`);
      if (pair === undefined) continue;
      report.count("ephemerals seen");
      const { session } = pair.operation;
      const overMs = over.get(session) ?? Infinity;
      if (list.seen >= pair.goneAt)
        report.fail("ephemerals go once", list, `saw ${name} at ${list.seen}, which had gone at ${pair.goneAt}`);
      else if (list.seen < pair.madeAt)
        report.fail("reads match their zxid", list, `saw ${name}, which was made at ${pair.madeAt}`);
      else if (list.call.isLinearizable && list.begunMs > overMs) {
        report.fail(
          "ephemerals die with their session",
          list,
          `saw ${name} after its client was told that its session has expired`,
        );
      }
    }
  }
}

/** By path. @param {readonly Operation[]} operations @param {import("./states.mjs").States} states */
function pairsOf(operations, states) {
  /** @type {Map<string, Pair>} */
  const pairs = new Map();
  for (const operation of operations) {
    const { call, outcome } = operation;
    if (call.kind !== "multi" || call.isEphemeral !== true || outcome === "failed") continue;
    const first = call.writes[0]?.path ?? "";
    const parent = first.slice(0, first.lastIndexOf("/"));
    const names = call.writes.map(({ path }) => path.slice(parent.length + 1));
    const pair = { operation, parent, names, madeAt: states.zxids.get(operation) ?? 0, goneAt: Infinity };
    for (const { path } of call.writes) pairs.set(path, pair);
  }
  return pairs;
}

/** @param {readonly Operation[]} lists */
function listsByParent(lists) {
  /** @type {Map<string, Operation[]>} */
  const found = new Map();
  for (const list of lists) {
    const parent = list.call.kind === "children" ? list.call.path : "";
    const own = found.get(parent);
    if (own === undefined) found.set(parent, [list]);
    else own.push(list);
  }
  return found;
}

/** @param {readonly string[]} names @param {Pair} pair */
function hasOne(names, pair) {
  return pair.names.some((name) => names.includes(name));
}

/** @param {Operation} list @param {ReadonlyMap<string, Pair>} pairs @param {import("./report.mjs").Report} report */
function lookForHalves(list, pairs, report) {
  const { call, result } = list;
  if (call.kind !== "children" || result?.kind !== "children") return;
  const names = new Set(result.names);
  for (const name of names) {
    const pair = pairs.get(`${call.path}/${name}`);
    const missing = pair?.names.find((other) => !names.has(other));
    if (missing !== undefined)
      report.fail("multi is atomic", list, `lists ${name} without ${missing}, which is of the same transaction`);
  }
}

/** A session that still writes has its ephemeral znodes. @param {readonly Operation[]} operations @param {ReadonlyMap<string, Pair>} pairs @param {import("./report.mjs").Report} report */
function checkLives(operations, pairs, report) {
  /** @type {Map<string, Pair>} */
  const bySession = new Map();
  for (const pair of pairs.values()) if (pair.goneAt < Infinity) bySession.set(pair.operation.session, pair);
  for (const operation of operations) {
    const pair = bySession.get(operation.session);
    if (pair === undefined || operation.outcome !== "ok" || operation.result?.kind !== "written") continue;
    report.count("writes of sessions with ephemerals");
    const zxid = operation.result.states[0]?.zxid ?? 0;
    if (zxid > pair.goneAt) {
      const what = `took effect at ${zxid}, and the ephemerals of its session had gone at ${pair.goneAt}`;
      report.fail("ephemerals live with their session", operation, what);
    }
  }
}
