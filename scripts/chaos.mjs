// npm run chaos -- [--kills 20] [--timing dedicated|embedded] [--clients 8]: three real processes, whose leader is killed
// again and again, and then restarted one by one. Prints the gaps in writes; the exit code says whether a promise was broken.
import { parseArgs } from "node:util";
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { runMain } from "./lib/run.mjs";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    timing: { type: "string", default: "dedicated" },
    clients: { type: "string", default: "8" },
  },
});

runMain(async () => {
  await ensureInstalled();
  await ensureBuilt();
  const { killLeaders } = await import("../test/chaos/kills.mjs");
  const { restartAll } = await import("../test/chaos/rolling-restart.mjs");
  /** @param {string} line */
  const say = (line) => console.log(`  ${line}`);
  const timing = values.timing === "embedded" ? "embedded" : "dedicated";
  console.log(`kill -9 of the leader, ${values.kills} times, timing ${timing}`);
  const killed = await killLeaders({ kills: Number(values.kills), timing, say });
  const sorted = killed.gapsMs.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  console.log(
    `${killed.acknowledged} writes acknowledged; gap median ${median.toFixed(0)} ms, longest ${(sorted.at(-1) ?? 0).toFixed(0)} ms`,
  );
  console.log(`a restart of all three, with ${values.clients} clients at work`);
  const restarted = await restartAll({ clients: Number(values.clients), say });
  console.log(
    `${restarted.calls} calls, ${restarted.errors.length} errors, the longest call ${restarted.longestMs.toFixed(0)} ms`,
  );
  const failures = [...killed.failures, ...restarted.failures, ...restarted.errors];
  for (const failure of new Set(failures)) console.log(`FAILED: ${failure}`);
  return failures.length === 0 ? 0 : 1;
});
