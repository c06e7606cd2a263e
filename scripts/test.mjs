// npm test: the whole suite, or the part that the arguments name, as in `npm test -- packages/core`.
import { rmSync } from "node:fs";
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { REPORT_FILE } from "./lib/report.mjs";
import { runMain } from "./lib/run.mjs";
import { runTool } from "./lib/tools.mjs";

runMain(async () => {
  rmSync(REPORT_FILE, { force: true });
  await ensureInstalled();
  await ensureBuilt();
  return runTool("vitest", [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${REPORT_FILE}`,
    ...process.argv.slice(2),
  ]);
});
