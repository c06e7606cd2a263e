// Looks for bytes that break a decoder, or the handshake of peers:
//   node test/fuzz/run.mjs [seconds each] [target ...]                    under coverage guidance
//   node test/fuzz/run.mjs --executions 50000000 [--seed 1] [target ...]  at full speed, so often in all
//
// Inputs that go new ways are added to corpus/<target>. An input that crashes a target is left in crash-<target>…, and the exit
// status is 1.
import { parseArgs } from "node:util";
import { build, TARGETS } from "./build.mjs";
import { ensureJsfuzz, fuzzGuided } from "./guided.mjs";
import { fuzzMany } from "./many.mjs";

const SECONDS_DEFAULT = 180;
const SEED_DEFAULT = "1";

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { executions: { type: "string" }, seed: { type: "string", default: SEED_DEFAULT } },
      allowPositionals: true,
    });
    const { seed, executions } = values;
    const isGuided = executions === undefined;
    const count = Number(isGuided ? (positionals.shift() ?? SECONDS_DEFAULT) : executions);
    const isCount = count > 0 && (isGuided || Number.isSafeInteger(count));
    if (!isCount || positionals.some((target) => !TARGETS.includes(target))) return null;
    return { isGuided, count, seed, targets: positionals.length === 0 ? TARGETS : positionals };
  } catch {
    return null;
  }
}

async function guided(targets, seconds) {
  const jsfuzz = await ensureJsfuzz();
  let passed = true;
  for (const target of targets) {
    const end = await fuzzGuided(jsfuzz, target, seconds);
    passed = end.passed && passed;
    if (end.interrupted) break;
  }
  return passed;
}

const wanted = readArguments();
if (wanted === null) {
  const targets = `[${TARGETS.join("|")} ...]`;
  console.error(`Usage: npm run fuzz -- [seconds each] ${targets}`);
  console.error(`       npm run fuzz -- --executions count [--seed text] ${targets}`);
  process.exit(2);
}
const { isGuided, count, seed, targets } = wanted;
build();
const passed = isGuided ? await guided(targets, count) : await fuzzMany(targets, count, seed);
process.exitCode = passed ? 0 : 1;
