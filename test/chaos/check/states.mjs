// What replies tell of each path, from which zxid on. Every value is written by one operation, so a state that anybody has seen
// names the write that made it, and the zxid at which that took effect, also if its own client was never answered.

/** @typedef {import("../history/operation.d.mts").Operation} Operation */
/** @typedef {{ zxid: number, version: number | null, data: string, operation: Operation }} State */

const RULE_AGREEMENT = "one state a zxid";
const RULE_ONCE = "at most once";

/** @param {Operation["call"]} call @returns {readonly import("../history/operation.d.mts").Write[]} */
export function writesOf(call) {
  if (call.kind === "create" || call.kind === "set") return [call];
  return call.kind === "multi" ? call.writes : [];
}

/** The states of each path, by zxid. */
export class States {
  /** By path and value, what writes it. @type {Map<string, Operation>} */
  #writes = new Map();
  /** @type {Map<string, Map<number, State>>} */
  #known = new Map();
  /** @type {Map<string, State[]>} */
  #sorted = new Map();
  /** When an operation took effect. @type {Map<Operation, number>} */
  zxids = new Map();
  /** @type {Map<number, Operation>} */
  #byZxid = new Map();
  /** Writes of which nobody knows whether they took effect, by path. @type {Map<string, number>} */
  unresolved = new Map();

  /** @param {readonly Operation[]} operations @param {import("./report.mjs").Report} report */
  constructor(operations, report) {
    this.report = report;
    for (const operation of operations) {
      for (const { path, data } of writesOf(operation.call)) this.#writes.set(`${path} ${data}`, operation);
    }
    for (const operation of operations) this.#takeAnswer(operation);
    for (const operation of operations) this.#takeRead(operation);
    for (const operation of operations) {
      if (operation.outcome !== "unknown" || this.zxids.has(operation)) continue;
      for (const { path } of writesOf(operation.call)) this.unresolved.set(path, (this.unresolved.get(path) ?? 0) + 1);
    }
    for (const [path, states] of this.#known) {
      this.#sorted.set(
        path,
        [...states.values()].toSorted((one, other) => one.zxid - other.zxid),
      );
    }
  }

  get paths() {
    return this.#sorted.keys();
  }

  /** @param {string} path @returns {readonly State[]} */
  of(path) {
    return this.#sorted.get(path) ?? [];
  }

  /** Where the last state of `path` up to `zxid` stands in `of`; -1 if there was none. @param {string} path @param {number} zxid */
  indexAt(path, zxid) {
    const states = this.of(path);
    let [low, high] = [0, states.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {State} */ (states[middle]).zxid <= zxid) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** @param {Operation} operation */
  #takeAnswer(operation) {
    const { call, outcome, result } = operation;
    if (call.kind === "sequence" && result?.kind === "named") this.#tookEffect(operation, result.zxid);
    if (outcome !== "ok" || result?.kind !== "written") return;
    for (const [index, { path, data }] of writesOf(call).entries()) {
      const state = result.states[index];
      if (state !== undefined) this.#add(path, { ...state, data, operation });
    }
  }

  /** @param {Operation} operation */
  #takeRead(operation) {
    const { call, result } = operation;
    if (call.kind !== "get" || result?.kind !== "state") return;
    const { data, version, mzxid } = result;
    const writer = this.#writes.get(`${call.path} ${data}`);
    if (writer === undefined)
      return this.report.fail("values are written", operation, `gave ${data}, which nobody wrote`);
    if (writer.outcome === "failed") {
      this.report.fail(RULE_ONCE, writer, `failed with ${writer.code}, and took effect: ${operation.id} saw it`);
    }
    this.#add(call.path, { zxid: mzxid, version, data, operation: writer });
    // Of what is done together all has happened then.
    for (const { path, data: beside, version: expected, kind } of writesOf(writer.call)) {
      const own = kind === "create" ? 0 : expected >= 0 ? expected + 1 : null;
      if (path !== call.path) this.#add(path, { zxid: mzxid, version: own, data: beside, operation: writer });
    }
  }

  /** @param {string} path @param {State} state */
  #add(path, state) {
    const states = this.#known.get(path) ?? new Map();
    this.#known.set(path, states);
    this.#tookEffect(state.operation, state.zxid);
    const known = states.get(state.zxid);
    if (known === undefined) return void states.set(state.zxid, state);
    if (known.data !== state.data) {
      const what = `made ${state.data} of ${path} at ${state.zxid}, where ${known.operation.id} made ${known.data} of it`;
      this.report.fail(RULE_AGREEMENT, state.operation, what);
    } else if (known.version === null) known.version = state.version;
    else if (state.version !== null && known.version !== state.version) {
      const what = `made version ${known.version} of ${path} at ${state.zxid}, and it was seen as ${state.version}`;
      this.report.fail(RULE_AGREEMENT, state.operation, what);
    }
  }

  /** @param {Operation} operation @param {number} zxid */
  #tookEffect(operation, zxid) {
    const before = this.zxids.get(operation);
    if (before === undefined) this.zxids.set(operation, zxid);
    else if (before !== zxid) this.report.fail(RULE_ONCE, operation, `took effect at ${before} and at ${zxid}`);
    const other = this.#byZxid.get(zxid);
    if (other === undefined) this.#byZxid.set(zxid, operation);
    else if (other !== operation) this.report.fail("unique zxids", operation, `has ${zxid}, as ${other.id} has`);
  }
}
