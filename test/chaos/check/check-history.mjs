import { checkEphemerals } from "./check-ephemerals.mjs";
import { checkFencing } from "./check-fencing.mjs";
import { checkLinearizable } from "./check-linearizable.mjs";
import { checkSequences } from "./check-sequences.mjs";
import { checkSums } from "./check-sums.mjs";
import { checkWatches } from "./check-watches.mjs";
import { checkWitness } from "./check-witness.mjs";
import { Report } from "./report.mjs";
import { States } from "./states.mjs";

/** All that is asked of a history: what clients did, against what they were told. @param {import("../history/operation.d.mts").History} history @param {{ stepsMax?: number }} [options] */
export function checkHistory(history, { stepsMax } = {}) {
  const report = new Report();
  const { operations } = history;
  report.count("operations", operations.length);
  for (const { outcome } of operations) report.count(`operations: ${outcome}`);
  const states = new States(operations, report);
  checkWitness(operations, states, report);
  checkSequences(operations, report);
  checkSums(operations, states, report);
  checkFencing(states, report);
  checkEphemerals(history, states, report);
  checkWatches(operations, states, report);
  checkLinearizable(operations, report, stepsMax);
  if (!operations.some(({ outcome }) => outcome === "ok")) report.undecided.push("no operation has succeeded");
  const { violations, undecided, counts } = report;
  const verdict = violations.length > 0 ? "violated" : undecided.length > 0 ? "unknown" : "passed";
  return { verdict, violations, undecided, counts };
}
