// Clients in a process of their own, on the ZooKeeper ports. It ends with its parent.
import { connect } from "../../../packages/coterie/dist/index.js";
import { Crew, sessionTimeoutMsOf } from "../work/crew.mjs";

const { connectString, ...crewOptions } = JSON.parse(process.argv[2] ?? "");
process.once("disconnect", () => process.exit());
const crew = new Crew({
  ...crewOptions,
  open: (/** @type {string} */ work) => connect(connectString, { sessionTimeoutMs: sessionTimeoutMsOf(work) }),
});
process.on("message", (message) => {
  if (message === "stop-work") void crew.stop().then(() => process.send?.({ kind: "work-over" }));
});
