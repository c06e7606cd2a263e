// Counts what three servers sync while they acknowledge writes, by the system calls that they make.
import { run, startWarm } from "../lib/growth-bench.mjs";
import { report } from "../lib/measure.mjs";
import { countSyncs } from "../lib/syncs.mjs";
import { hasCommand } from "../compare/servers/has-command.mjs";

const SECONDS = 5;
const LOADS = [
  { name: "one write in flight", load: { op: "set", sessions: 1, inflight: 1, keys: 1 } },
  { name: "30 x 10 in flight", load: { op: "set" } },
];
/** Of three voters: what is acknowledged is on so many disks. */
const QUORUM = 2;

if (!hasCommand("strace")) {
  console.error("strace is missing, which counts the system calls: install the package strace.");
  process.exit(1);
}
const ensemble = await startWarm();
for (const { name, load } of LOADS) {
  const counting = await countSyncs(ensemble.pids, ensemble.directory);
  const { operations } = await run(ensemble, { ...load, seconds: SECONDS, warmup: 0 });
  const syncs = (await counting.end()).sort((one, other) => other - one);
  report({ name: `${name}: writes acknowledged`, unit: "", value: operations });
  for (const [index, count] of syncs.entries()) {
    report({ name: `${name}: synced appends, peer ${index + 1} by their number`, unit: "", value: count });
  }
  // Alone in flight, no two writes can share a sync.
  const isAlone = load.inflight === 1;
  const target = isAlone ? { target: 1, atLeast: true } : {};
  const ofQuorum = syncs[QUORUM - 1] / operations;
  report({ name: `${name}: a write's syncs at each peer of a quorum`, unit: "", value: ofQuorum, ...target });
}
await ensemble.end();
