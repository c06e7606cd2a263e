// As scripts/sim.mjs, but without the build before it.
import { simulateLevelB } from "../../scripts/lib/sim-level-b.mjs";
import { simulate } from "../../scripts/lib/sim-run.mjs";

const [first, level, ...rest] = process.argv.slice(2);
const isLevelB = first === "--level" && level === "b";
process.exitCode = await (isLevelB ? simulateLevelB(rest) : simulate(process.argv.slice(2)));
