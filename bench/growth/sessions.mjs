// Ten to ten thousand sessions with one request in flight each.
import { measureInTurns, startWarm } from "../lib/growth-bench.mjs";

const ensemble = await startWarm();
const subjects = [10, 100, 1000, 10_000].map((sessions) => {
  return { name: `${sessions.toLocaleString("en")} sessions`, ensemble, load: { sessions, inflight: 1 } };
});
await measureInTurns(subjects, [{ op: "set" }, { op: "get" }]);
await ensemble.end();
