// npm run test:long: everything that takes longer than minutes, row by row; a row that fails does not stop the others.
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { takeNoArguments } from "./lib/read-options.mjs";
import { isInterrupted, runMain, runNode } from "./lib/run.mjs";
import { runTool } from "./lib/tools.mjs";

const script = (name, ...args) => runNode(`${root}scripts/${name}.mjs`, args);

const ROWS = [
  {
    name: "the suite, with its long counts",
    run: () => runTool("vitest", ["run"], { env: { COTERIE_TEST_LONG: "1" } }),
  },
  { name: "command sequences against a real ZooKeeper", run: () => script("test-differential", "500") },
  { name: "ensembles under faults", run: () => script("sim", "--seconds", "600") },
  {
    name: "recipes under faults",
    run: () => script("sim", "--level", "b", "--workload", "recipes", "--seconds", "600"),
  },
  { name: "every order of events, within bounds", run: () => script("exhaustive", "--minutes", "5") },
  { name: "stores on disk under faults", run: () => script("storage-faults", "--images", "5000") },
  { name: "fuzzing of the decoders", run: () => script("fuzz", "120") },
  { name: "fuzzing at full speed", run: () => script("fuzz", "--executions", "10000000") },
  { name: "the suite under Node.js 20.19.0", run: () => script("test-node", "20") },
  { name: "the suite under Node.js 22", run: () => script("test-node", "22") },
  { name: "the suite under Node.js 24", run: () => script("test-node", "24") },
];

runMain(async () => {
  takeNoArguments(
    "npm run test:long: everything that takes longer than minutes, for two hours or so; takes no arguments",
  );
  await ensureInstalled();
  await ensureBuilt();
  const results = [];
  for (const row of ROWS) {
    console.log(`\n== ${row.name}`);
    const startMs = performance.now();
    const code = await row.run();
    if (isInterrupted()) return Math.max(code, 1);
    results.push({ row: row.name, result: code === 0 ? "passed" : "FAILED", seconds: secondsSince(startMs) });
  }
  console.table(results);
  return results.every(({ result }) => result === "passed") ? 0 : 1;
});

function secondsSince(startMs) {
  return Math.round((performance.now() - startMs) / 1000);
}
