// Names of sequential znodes: each is given once, numbers grow with zxids, and whoever was told one finds it.

/** @typedef {import("../history/operation.d.mts").Operation} Operation */

const NUMBERED = /^(?<prefix>.*-)(?<number>\d{10})$/;

/** @param {readonly Operation[]} operations @param {import("./report.mjs").Report} report */
export function checkSequences(operations, report) {
  const given = givenNames(operations, report);
  for (const operation of operations) {
    const { call, result, seen } = operation;
    if (call.kind !== "children" || result?.kind !== "children") continue;
    const own = given.get(call.path);
    if (own === undefined) continue;
    report.count("lists of names");
    const names = new Set(result.names);
    /** @type {Map<string, string>} */
    const byPrefix = new Map();
    for (const name of names) {
      const prefix = NUMBERED.exec(name)?.groups?.["prefix"] ?? name;
      const other = byPrefix.get(prefix);
      if (other !== undefined)
        report.fail("at most once", operation, `lists ${other} and ${name}, which one create has made`);
      byPrefix.set(prefix, name);
    }
    for (const { name, zxid, by } of own) {
      if (zxid <= seen && !names.has(name)) {
        report.fail(
          "acknowledged writes stay",
          operation,
          `saw ${seen}, and lacks ${name}, which ${by} made at ${zxid}`,
        );
      } else if (zxid > seen && names.has(name)) {
        report.fail("reads match their zxid", operation, `saw ${seen}, and lists ${name}, which ${by} made at ${zxid}`);
      }
    }
  }
}

/** By parent, in the order of zxids. @param {readonly Operation[]} operations @param {import("./report.mjs").Report} report */
function givenNames(operations, report) {
  /** @type {Map<string, { name: string, number: number, zxid: number, by: string }[]>} */
  const given = new Map();
  /** @type {Map<string, Operation>} */
  const owners = new Map();
  for (const operation of operations) {
    const { call, result, id } = operation;
    if (call.kind !== "sequence") continue;
    const parent = call.path.slice(0, call.path.lastIndexOf("/"));
    const names = given.get(parent) ?? [];
    given.set(parent, names);
    if (result?.kind !== "named") continue;
    report.count("sequence names");
    const { path, zxid } = result;
    const match = NUMBERED.exec(path);
    if (match?.groups?.["prefix"] !== call.path) report.fail("sequence names", operation, `was given ${path}`);
    const owner = owners.get(path);
    if (owner !== undefined) report.fail("sequence names", operation, `was given ${path}, as ${owner.id} was`);
    owners.set(path, operation);
    names.push({ name: path.slice(parent.length + 1), number: Number(match?.groups?.["number"]), zxid, by: id });
  }
  for (const [parent, names] of given) checkNumbers(parent, names, report);
  return given;
}

/** @param {string} parent @param {{ name: string, number: number, zxid: number, by: string }[]} names @param {import("./report.mjs").Report} report */
function checkNumbers(parent, names, report) {
  names.sort((one, other) => one.zxid - other.zxid);
  for (const [index, { name, number, zxid }] of names.entries()) {
    const before = names[index - 1];
    if (before === undefined || before.number < number) continue;
    report.violations.push({
      rule: "sequence names",
      what: `${parent}: ${name} at ${zxid} comes behind ${before.name} at ${before.zxid}`,
    });
  }
}
