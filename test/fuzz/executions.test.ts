import { expect, it } from "vitest";
import { executionsOf } from "./executions.mjs";

it("what jsfuzz has executed stands in its last line with a number, if there is one", () => {
  const lines =
    "#0 READ units: 12\n#1 NEW     cov: 12 corp: 3 exec/s: NaN\n#4096 PULSE     cov: 40 corp: 9 exec/s: 81\nbye\n";
  expect(executionsOf(lines)).toBe(4096);
  expect(executionsOf("#0 READ units: 12\n")).toBe(0);
  expect(executionsOf("Error: no such target\n")).toBe(0);
});
