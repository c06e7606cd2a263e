// Three, five and seven voters, all on this machine: they share its processors, so it is the cost that tells.
import { measureInTurns, startWarm } from "../lib/growth-bench.mjs";

const subjects = [];
for (const voters of [3, 5, 7]) subjects.push({ name: `${voters} peers`, ensemble: await startWarm({ voters }) });
await measureInTurns(subjects, [{ op: "set" }, { op: "get" }]);
for (const { ensemble } of subjects) await ensemble.end();
