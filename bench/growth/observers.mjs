// Three voters with no, three and ten observers, all on this machine; sessions are spread over all of them.
import { measureInTurns, startWarm } from "../lib/growth-bench.mjs";

const subjects = [];
for (const observers of [0, 3, 10]) {
  subjects.push({ name: `${observers} observers`, ensemble: await startWarm({ observers }) });
}
await measureInTurns(subjects, [{ op: "set" }, { op: "get" }]);
for (const { ensemble } of subjects) await ensemble.end();
