/** What the checks have found. */
export class Report {
  /** @type {{ rule: string, what: string }[]} */
  violations = [];
  /** @type {string[]} */
  undecided = [];
  /** @type {Record<string, number>} */
  counts = {};

  /** @param {string} rule @param {import("../history/operation.d.mts").Operation} operation @param {string} what */
  fail(rule, { id, session, call }, what) {
    this.violations.push({ rule, what: `${id} (${JSON.stringify(call)}, session ${session}) ${what}` });
  }

  /** @param {string} what @param {number} [by] */
  count(what, by = 1) {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }
}
