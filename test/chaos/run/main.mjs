// node test/chaos/run/main.mjs [options]: what usage.mjs says, but for --kills and --packed.
import { choiceOf, numberOf, readOptions, UsageError } from "../../../scripts/lib/read-options.mjs";
import { BUILDS } from "../builds/builds.mjs";
import { checkHistory } from "../check/check-history.mjs";
import { readHistory } from "../history/read-history.mjs";
import { KINDS } from "../nemesis/kinds.mjs";
import { reportRun, reportVerdict } from "./report-run.mjs";
import { runChaos } from "./run-chaos.mjs";
import { USAGE } from "./usage.mjs";

const TIMINGS = /** @type {const} */ (["dedicated", "embedded"]);
const OPTIONS = /** @type {const} */ ({
  minutes: { type: "string" },
  seconds: { type: "string" },
  peers: { type: "string", default: "3" },
  seed: { type: "string", default: String(Date.now() % 1_000_000) },
  timing: { type: "string", default: "dedicated" },
  faults: { type: "string", default: Object.keys(KINDS).join() },
  build: { type: "string" },
  check: { type: "string" },
});

/** @param {{ values: Record<string, string> }} parsed */
function optionsOf({ values }) {
  const { minutes = "1", seconds, peers = "", seed = "", timing = "", build = null, check = null } = values;
  const faults = (values["faults"] ?? "").split(",");
  const strange = faults.find((name) => KINDS[name] === undefined);
  if (strange !== undefined)
    throw new UsageError(`no fault is called ${strange}; there are ${Object.keys(KINDS).join()}`);
  if (build !== null && BUILDS[build] === undefined)
    throw new UsageError(`no build is called ${build}; there are ${Object.keys(BUILDS).join(", ")}`);
  return {
    check,
    seconds:
      seconds === undefined ? 60 * numberOf("minutes", minutes, 0.01, 10_000) : numberOf("seconds", seconds, 1, 1e6),
    peerCount: numberOf("peers", peers, 1, 9),
    seed: numberOf("seed", seed, 0, Number.MAX_SAFE_INTEGER),
    timing: choiceOf("timing", timing, TIMINGS),
    faults,
    build,
  };
}

/** @param {string} line */
const say = (line) => console.log(`  ${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${line}`);

const { check, ...options } = readOptions(USAGE, { options: OPTIONS }, optionsOf);
if (check !== null) {
  const verdict = checkHistory(readHistory(check));
  reportVerdict(verdict, console.log);
  process.exitCode = verdict.verdict === "passed" ? 0 : 1;
} else {
  console.log(
    `chaos on ${options.peerCount} processes for ${options.seconds} s, seed ${options.seed}, timing ${options.timing}`,
  );
  const result = await runChaos({ ...options, say });
  process.exitCode = reportRun(options, result, console.log) ? 0 : 1;
}
