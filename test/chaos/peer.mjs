// One peer of the ensemble under test, in a process that may be killed at any moment. It ends with its parent.
import { createEnsemblePeer } from "./create-ensemble-peer.mjs";

const options = JSON.parse(process.argv[2] ?? "");
const { id } = options;
const peer = createEnsemblePeer(options);

/** @param {string} kind @param {object} [details] */
function tell(kind, details = {}) {
  if (process.connected) process.send?.({ kind, id, ...details });
}

async function stop() {
  await peer.stop();
  process.exit();
}

process.once("disconnect", () => process.exit());
process.once("SIGTERM", () => void stop());
peer.on("role", ({ state, isServing, epoch }) => tell("role", { state: isServing ? state : "none", epoch }));
peer.on("fatal", (error) => {
  tell("fatal", { message: error.message });
  process.exit(1);
});

await peer.start();
// A session that dies with this process, unless that ends in good order.
const session = await peer.openSession({ sessionTimeoutMs: 1000, deadlineMs: 60_000 });
await session.create(`/of-peer-${id}`, String(process.pid), { mode: "ephemeral" }).catch(async (error) => {
  // That of the process before, which has not expired yet.
  if (error.code !== "NODE_EXISTS") throw error;
  const watch = await session.watch(`/of-peer-${id}`, { once: true });
  if ((await session.exists(`/of-peer-${id}`)) !== null) for await (const _ of watch) break;
  await session.create(`/of-peer-${id}`, String(process.pid), { mode: "ephemeral" });
});
tell("ready");
