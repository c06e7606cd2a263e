const SHOWN_MAX = 20;

/** @typedef {import("../check/check-history.d.mts").Verdict} Verdict */

/** @param {Verdict} verdict @param {(line: string) => void} print */
export function reportVerdict({ verdict, violations, undecided, counts }, print) {
  for (const [what, count] of Object.entries(counts)) print(`  ${what}: ${count.toLocaleString("en")}`);
  for (const { rule, what } of violations.slice(0, SHOWN_MAX)) print(`VIOLATION of "${rule}": ${what}`);
  if (violations.length > SHOWN_MAX) print(`and ${violations.length - SHOWN_MAX} more violations`);
  for (const what of undecided) print(`UNKNOWN: ${what}`);
  print(`history: ${verdict}`);
}

/**
 * Says what came of a run, and how to look at it again. True if nothing was wrong.
 *
 * @param {{ seconds: number, peerCount: number, seed: number, timing: string, faults: readonly string[] }} options
 * @param {{ verdict: Verdict, failures: readonly string[], faults: Readonly<Record<string, number>>, directory: string }} result
 * @param {(line: string) => void} print
 */
export function reportRun(
  { seconds, peerCount, seed, timing, faults: wanted },
  { verdict, failures, faults, directory },
  print,
) {
  const all = Object.values(faults).reduce((one, other) => one + other, 0);
  const byKind = Object.entries(faults).map(([name, count]) => `${name} ${count}`);
  print(`${verdict.counts["operations"] ?? 0} operations checked, ${all} faults: ${byKind.join(", ")}`);
  reportVerdict(verdict, print);
  for (const failure of failures) print(`FAILED: ${failure}`);
  const isGood = verdict.verdict === "passed" && failures.length === 0;
  const again = `--seconds ${seconds} --peers ${peerCount} --seed ${seed} --timing ${timing} --faults ${wanted.join()}`;
  if (!isGood) {
    print(`kept in ${directory}: histories, faults and stores; npm run chaos -- --check ${directory} checks it again`);
    print(`the same faults, drawn from the same seed: npm run chaos -- ${again}`);
  }
  print(isGood ? "PASSED" : "FAILED");
  return isGood;
}
