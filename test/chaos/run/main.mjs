// node test/chaos/run/main.mjs [--minutes 1 | --seconds 60] [--peers 3|5] [--seed 1] [--timing dedicated|embedded] [--faults kill,stop]
// [--build NAME], which all peers are of then; or --check <directory>, which checks once more what a run has left there.
import { parseArgs } from "node:util";
import { BUILDS } from "../builds/builds.mjs";
import { checkHistory } from "../check/check-history.mjs";
import { readHistory } from "../history/read-history.mjs";
import { KINDS } from "../nemesis/kinds.mjs";
import { reportRun, reportVerdict } from "./report-run.mjs";
import { runChaos } from "./run-chaos.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    seconds: { type: "string" },
    peers: { type: "string", default: "3" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    timing: { type: "string", default: "dedicated" },
    faults: { type: "string", default: Object.keys(KINDS).join() },
    build: { type: "string" },
    check: { type: "string" },
  },
});

/** @param {string} name @param {string} text @param {number} least @param {number} most */
function numberOf(name, text, least, most) {
  const value = Number(text);
  if (!(value >= least && value <= most)) throw new Error(`--${name} is ${text}, and has to be in ${least}..${most}`);
  return value;
}

/** @param {string} text @returns {"dedicated" | "embedded"} */
function timingOf(text) {
  if (text === "dedicated" || text === "embedded") return text;
  throw new Error(`--timing is ${text}, and has to be dedicated or embedded`);
}

function optionsOf() {
  const { minutes, seconds } = values;
  const faults = values.faults.split(",");
  const strange = faults.find((name) => KINDS[name] === undefined);
  if (strange !== undefined) throw new Error(`no fault is called ${strange}; there are ${Object.keys(KINDS).join()}`);
  const forSeconds =
    seconds === undefined
      ? 60 * numberOf("minutes", minutes ?? "1", 0.01, 10_000)
      : numberOf("seconds", seconds, 1, 1e6);
  const peerCount = numberOf("peers", values.peers, 1, 9);
  const seed = numberOf("seed", values.seed, 0, Number.MAX_SAFE_INTEGER);
  const { build = null } = values;
  if (build !== null && BUILDS[build] === undefined)
    throw new Error(`no build is called ${build}; there are ${Object.keys(BUILDS).join(", ")}`);
  return { seconds: forSeconds, peerCount, seed, timing: timingOf(values.timing), faults, build };
}

/** @param {string} line */
const say = (line) => console.log(`  ${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${line}`);

if (values.check !== undefined) {
  const verdict = checkHistory(readHistory(values.check));
  reportVerdict(verdict, console.log);
  process.exitCode = verdict.verdict === "passed" ? 0 : 1;
} else {
  const options = optionsOf();
  console.log(
    `chaos on ${options.peerCount} processes for ${options.seconds} s, seed ${options.seed}, timing ${options.timing}`,
  );
  const result = await runChaos({ ...options, say });
  process.exitCode = reportRun(options, result, console.log) ? 0 : 1;
}
