// npm run <verb>: each verb is a row of steps. One that fails does not stop the others, so that all is seen at once.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { isInterrupted, runMain, runNode, ScriptError } from "./lib/run.mjs";
import { runTool } from "./lib/tools.mjs";

const lint = () => runTool("oxlint", []);
const lintFix = () => runTool("oxlint", ["--fix"]);
const format = () => runTool("oxfmt", []);
const formatCheck = () => runTool("oxfmt", ["--check"]);
const tidy = () => runTool("vitest", ["run", "test/tidy"]);
const sbom = () => runNode(`${root}scripts/sbom.mjs`);
const build = () => ensureBuilt().then(() => 0);
// Builds as well: scripts and examples are checked against the packages' own declarations.
const types = () => runTool("tsc", ["-b"]);

const VERBS = {
  build: [build],
  lint: [lint],
  format: [format],
  "format:check": [formatCheck],
  types: [types],
  tidy: [tidy],
  // Changes no tracked file: what it finds wrong, `fix` mends where a tool can.
  verify: [lint, formatCheck, types, tidy, sbom],
  fix: [lintFix, format],
};

runMain(async () => {
  const [verb = "", ...rest] = process.argv.slice(2);
  const steps = VERBS[verb];
  if (steps === undefined) throw new ScriptError(`Usage: node scripts/verb.mjs ${Object.keys(VERBS).join(" | ")}`);
  // Each verb is about the whole repository; an argument that is not heeded would look as if it were.
  if (rest.length > 0) throw new ScriptError(`npm run ${verb} takes no arguments.`);
  await ensureInstalled();
  let worst = 0;
  for (const step of steps) {
    worst = Math.max(worst, await step());
    if (isInterrupted()) return Math.max(worst, 1);
  }
  return worst;
});
