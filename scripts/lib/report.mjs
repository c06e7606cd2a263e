import { existsSync, readFileSync } from "node:fs";
import { cache } from "./paths.mjs";

/** Where `npm test` leaves vitest's own totals. */
export const REPORT_FILE = `${cache}test-report.json`;

/**
 * The totals of the last `npm test`. A file that failed before its tests could be counted is one failure, and so is a
 * run that left no report, or that vitest calls unsuccessful for a reason no test shows.
 */
export function readTotals(file = REPORT_FILE) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const brokenFiles = report.testResults.filter(
    (result) => result.status === "failed" && !result.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !report.success ? 1 : failed,
    skipped: report.numPendingTests,
  };
}
