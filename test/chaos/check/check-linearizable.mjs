// A search for an order of each register's operations that explains all answers: it knows nothing of zxids, and so finds what a
// wrong zxid would hide. Registers do not touch each other, so each is searched alone; what the bounds leave open is told.

/** @typedef {import("../history/operation.d.mts").Operation} Operation */
/** @typedef {{ version: number, data: string }} Register */
/** @typedef {{ register: Register, done: ReadonlySet<Operation> }} Candidate */

const STEPS_MAX = 200_000;
const MISSING = -1;

/** @param {readonly Operation[]} operations @param {import("./report.mjs").Report} report @param {number} [stepsMax] */
export function checkLinearizable(operations, report, stepsMax = STEPS_MAX) {
  for (const [path, own] of byRegister(operations)) {
    const search = new Search(own, stepsMax);
    const stuck = search.run();
    report.count("registers searched");
    report.count("operations searched", own.length);
    if (search.steps > stepsMax)
      report.undecided.push(`${path}: no order of ${own.length} operations within ${stepsMax} steps`);
    else if (stuck !== null) report.fail("linearizable", stuck, `fits in no order of what was done to ${path}`);
  }
}

/** The operations that belong into the order: not what has failed without a look, and no reads that may be old. @param {readonly Operation[]} operations */
function byRegister(operations) {
  /** @type {Map<string, Operation[]>} */
  const registers = new Map();
  for (const operation of operations) {
    const { call } = operation;
    if (call.kind !== "create" && call.kind !== "set" && call.kind !== "get") continue;
    if (!isTelling(operation)) continue;
    const own = registers.get(call.path);
    if (own === undefined) registers.set(call.path, [operation]);
    else own.push(operation);
  }
  // What is written together with something else is no register of its own.
  for (const { call } of operations) {
    if (call.kind === "multi") for (const { path } of call.writes) registers.delete(path);
  }
  return registers;
}

/** @param {Operation} operation */
function isTelling({ call, outcome, code }) {
  if (call.kind === "get") return call.isLinearizable && (outcome === "ok" || code === "NO_NODE");
  if (outcome !== "failed") return true;
  // A create without a parent says nothing of what it would have made.
  return call.kind === "create" ? code === "NODE_EXISTS" : code === "BAD_VERSION" || code === "NO_NODE";
}

class Search {
  steps = 0;
  /** @type {Map<Operation, number>} */
  #numbers = new Map();
  /** Begun, and not answered yet. @type {Set<Operation>} */
  #pending = new Set();

  /** @param {readonly Operation[]} operations @param {number} stepsMax */
  constructor(operations, stepsMax) {
    this.stepsMax = stepsMax;
    for (const operation of operations) this.#numbers.set(operation, this.#numbers.size);
  }

  /** The operation that no order explains; null if there is none, or the search was given up. @returns {Operation | null} */
  run() {
    const events = [...this.#numbers.keys()].flatMap((operation) => {
      const { begunMs, endMs, outcome } = operation;
      const begin = { atMs: begunMs, isEnd: false, operation };
      return outcome === "unknown" ? [begin] : [begin, { atMs: endMs, isEnd: true, operation }];
    });
    // What begins at the moment in which another one ends may have come before it.
    events.sort((one, other) => one.atMs - other.atMs || Number(one.isEnd) - Number(other.isEnd));
    /** @type {Candidate[]} */
    let candidates = [{ register: { version: MISSING, data: "" }, done: new Set() }];
    for (const { isEnd, operation } of events) {
      if (!isEnd) {
        this.#pending.add(operation);
        continue;
      }
      candidates = this.#afterEndOf(operation, candidates);
      this.#pending.delete(operation);
      if (this.steps > this.stepsMax) return null;
      if (candidates.length === 0) return operation;
      this.#forgetHopeless(candidates);
    }
    return null;
  }

  /** Of every candidate all ways to go on in which `operation` has its place. @param {Operation} operation @param {readonly Candidate[]} candidates */
  #afterEndOf(operation, candidates) {
    /** @type {Map<string, Candidate>} */
    const found = new Map();
    const seen = new Set();
    const open = [...candidates];
    for (let candidate = open.pop(); candidate !== undefined; candidate = open.pop()) {
      if (++this.steps > this.stepsMax) return [];
      const { register, done } = this.#withReads(candidate);
      const key = this.#keyOf({ register, done });
      if (seen.has(key)) continue;
      seen.add(key);
      if (done.has(operation)) {
        const rest = new Set(done);
        rest.delete(operation);
        const next = { register, done: rest };
        found.set(this.#keyOf(next), next);
        continue;
      }
      for (const other of this.#pending) {
        if (done.has(other)) continue;
        const after = step(register, other);
        if (after === null || after === register || (other !== operation && after.version > versionMax(operation)))
          continue;
        open.push({ register: after, done: new Set(done).add(other) });
      }
    }
    return [...found.values()];
  }

  /** What changes nothing takes its place as soon as it fits: no later one is better. @param {Candidate} candidate @returns {Candidate} */
  #withReads({ register, done }) {
    const fitting = [...this.#pending].filter(
      (operation) => !done.has(operation) && step(register, operation) === register,
    );
    return fitting.length === 0 ? { register, done } : { register, done: new Set([...done, ...fitting]) };
  }

  /** An unknown write that every candidate has placed, or can place no more, need not be tried again. @param {readonly Candidate[]} candidates */
  #forgetHopeless(candidates) {
    for (const operation of this.#pending) {
      if (operation.outcome !== "unknown") continue;
      const isOver = candidates.every(({ register, done }) => done.has(operation) || isTooLate(register, operation));
      if (isOver) this.#pending.delete(operation);
    }
  }

  /** What is not pending makes no difference any more. @param {Candidate} candidate */
  #keyOf({ register, done }) {
    const open = [...done].filter((operation) => this.#pending.has(operation));
    const numbers = open.map((operation) => /** @type {number} */ (this.#numbers.get(operation)));
    return `${register.version} ${register.data} ${numbers.sort((one, other) => one - other).join()}`;
  }
}

/** Versions only grow, and what was made stays. @param {Register} register @param {Operation} operation */
function isTooLate({ version }, { call }) {
  if (call.kind === "create") return version !== MISSING;
  return call.kind === "set" && call.version >= 0 && version > call.version;
}

/** The highest version that there may be before an operation. @param {Operation} operation */
function versionMax({ call, result, outcome }) {
  if (outcome !== "ok") return Infinity;
  if (result?.kind === "state") return result.version;
  const version = result?.kind === "written" ? result.states[0]?.version : undefined;
  return call.kind === "set" && version !== undefined ? version - 1 : Infinity;
}

/** The register after an operation: the same object if it changes nothing, null if its answer does not fit. @param {Register} register @param {Operation} operation @returns {Register | null} */
function step(register, { call, outcome, code, result }) {
  const isThere = register.version !== MISSING;
  if (call.kind === "get") {
    if (result?.kind !== "state") return isThere ? null : register;
    return result.version === register.version && result.data === register.data ? register : null;
  }
  if (call.kind === "create") {
    if (code === "NODE_EXISTS") return isThere ? register : null;
    return isThere ? null : { version: 0, data: call.data };
  }
  if (call.kind !== "set") return null;
  if (code === "NO_NODE") return isThere ? null : register;
  const isExpected = isThere && (call.version < 0 || call.version === register.version);
  if (code === "BAD_VERSION") return isThere && !isExpected ? register : null;
  if (!isExpected) return null;
  const version = register.version + 1;
  if (outcome === "ok" && (result?.kind !== "written" || result.states[0]?.version !== version)) return null;
  return { version, data: call.data };
}
