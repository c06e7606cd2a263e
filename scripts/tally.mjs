// The totals of the last `npm test` as one line, for .ci/run to close with.
import { readTotals } from "./lib/report.mjs";

const { passed, failed } = readTotals();
console.log(`${passed} passed, ${failed} failed`);
