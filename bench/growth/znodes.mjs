// What a write costs in trees of ten thousand, a hundred thousand and a million znodes, which it chooses among at random.
import { costOf, measureInTurns, run, startWarm } from "../lib/growth-bench.mjs";
import { report } from "../lib/measure.mjs";
import { medianOf } from "../lib/quantiles.mjs";

const SIZES = [10_000, 100_000, 1_000_000];
/** A ratio below it is no difference on such a machine. */
const FLAT_MAX = 1.3;
const FILL_SECONDS = 0.2;
const SECONDS = 8;

const nameOf = (keys) => `${keys.toLocaleString("en")} znodes`;

// Each tree on servers of its own: what a write costs must hang on no other.
const subjects = [];
for (const keys of SIZES) {
  const ensemble = await startWarm();
  const load = { keys, root: `/of${keys}` };
  await run(ensemble, { op: "set", ...load, seconds: FILL_SECONDS });
  subjects.push({ name: nameOf(keys), ensemble, load });
}
// One after the other, and for longer than from one checkpoint to the next: one writes down all that was set before, and must not fall
// to the creates, or to the runs of one size only.
for (const op of ["set", "create"]) {
  const runs = await measureInTurns(subjects, [{ op, seconds: SECONDS, isCleaned: op === "create" }]);
  const [least, ...larger] = SIZES.map((keys) => medianOf(runs.get(`${op}, ${nameOf(keys)}`).map(costOf)));
  for (const [index, cost] of larger.entries()) {
    const name = `${op}: cost with ${nameOf(SIZES[index + 1])} by that with ${nameOf(SIZES[0])}`;
    report({ name, unit: "x", value: cost / least, target: FLAT_MAX });
  }
}
for (const { ensemble } of subjects) await ensemble.end();
