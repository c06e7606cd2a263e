// Transfers move amounts between accounts, both sides in one transaction: whatever is lost or unknown, the sum stays.

/** @typedef {import("../history/operation.d.mts").Operation} Operation */

/** The amount in the data of an account, behind which stands what wrote it. @param {string} data */
export function amountOf(data) {
  return Number.parseInt(data, 10);
}

/**
 * @param {readonly Operation[]} operations
 * @param {import("./states.mjs").States} states
 * @param {import("./report.mjs").Report} report
 */
export function checkSums(operations, states, report) {
  const accounts = accountsOf(operations);
  if (accounts.size === 0) return;
  const opening = operations.find(
    ({ work, call }) => work === "transfers" && call.kind === "multi" && call.writes[0]?.kind === "create",
  );
  const total =
    opening?.call.kind === "multi" ? opening.call.writes.reduce((sum, { data }) => sum + amountOf(data), 0) : NaN;
  const changes = [...accounts].flatMap((path) => states.of(path).map((state) => ({ path, ...state })));
  changes.sort((one, other) => one.zxid - other.zxid);
  /** @type {Map<string, number>} */
  const amounts = new Map();
  /** @type {Map<string, number | null>} */
  const versions = new Map();
  let gaps = 0;
  for (const [index, { path, zxid, data, version, operation }] of changes.entries()) {
    const before = versions.get(path);
    // A transfer that nobody has seen stands between the two: the sum says something again when both its accounts were written anew.
    if (before !== undefined && before !== null && version !== null && version !== before + 1) gaps += 1;
    versions.set(path, version);
    amounts.set(path, amountOf(data));
    const isWhole = changes[index + 1]?.zxid !== zxid;
    if (!isWhole || gaps > 0 || amounts.size < accounts.size) continue;
    report.count("sums");
    const sum = [...amounts.values()].reduce((one, other) => one + other, 0);
    if (sum !== total) {
      report.fail("sums stay", operation, `left a sum of ${sum} at ${zxid}, where ${total} is right`);
      return;
    }
  }
  checkLast(accounts, operations, total, report);
}

/** What was read at the end, when nobody wrote any more. @param {ReadonlySet<string>} accounts @param {readonly Operation[]} operations @param {number} total @param {import("./report.mjs").Report} report */
function checkLast(accounts, operations, total, report) {
  /** @type {Map<string, Map<string, Operation>>} */
  const readers = new Map();
  for (const operation of operations) {
    const { work, call, result, client } = operation;
    if (work !== "final" || call.kind !== "get" || result?.kind !== "state" || !accounts.has(call.path)) continue;
    const reads = readers.get(client) ?? new Map();
    readers.set(client, reads.set(call.path, operation));
  }
  for (const reads of readers.values()) {
    if (reads.size < accounts.size) continue;
    report.count("sums at the end");
    const found = [...reads.values()].map(({ result }) => (result?.kind === "state" ? amountOf(result.data) : NaN));
    const sum = found.reduce((one, other) => one + other, 0);
    const last = [...reads.values()].at(-1);
    if (sum !== total && last !== undefined)
      report.fail("sums stay", last, `ends with a sum of ${sum}, where ${total} is right`);
  }
}

/** @param {readonly Operation[]} operations */
function accountsOf(operations) {
  const transfers = operations.filter(({ work }) => work === "transfers");
  return new Set(transfers.flatMap(({ call }) => (call.kind === "multi" ? call.writes.map(({ path }) => path) : [])));
}
