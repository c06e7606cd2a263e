// Writes that were guarded by a lock, in the order in which they took effect: once a later holder has written, none of an earlier
// one comes behind it. A token belongs to one holder.

/** @typedef {import("../history/operation.d.mts").Operation} Operation */

/**
 * @param {import("./states.mjs").States} states
 * @param {import("./report.mjs").Report} report
 */
export function checkFencing(states, report) {
  for (const path of states.paths) {
    let highest = -1;
    /** @type {Operation | null} */
    let by = null;
    for (const { operation, zxid } of states.of(path)) {
      const { call } = operation;
      if (call.kind !== "multi" || call.token === undefined) continue;
      report.count("fenced writes");
      if (call.token >= zxid) report.fail("fencing", operation, `took effect at ${zxid}, before its lock was there`);
      if (by !== null && call.token < highest) {
        report.fail("fencing", operation, `took effect at ${zxid}, behind ${by.id} with the token ${highest}`);
      }
      if (by !== null && call.token === highest && by.session !== operation.session) {
        report.fail("fencing", operation, `has the token of ${by.id}, which is of session ${by.session}`);
      }
      if (call.token >= highest) [highest, by] = [call.token, operation];
    }
  }
}
