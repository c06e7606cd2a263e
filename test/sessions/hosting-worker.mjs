// A peer that is alone, hosted for the thread that has started this one, which hears of its roles.
import { parentPort } from "node:worker_threads";
import { createPeer, hostPeer, memory } from "../../packages/coterie/dist/index.js";

if (parentPort === null) throw new Error("this runs in a worker");
const port = parentPort;

const peer = createPeer({
  id: 1,
  ensemble: { 1: "alone" },
  storage: memory(),
  timing: "dedicated",
  sessions: { tickMs: 100 },
});
peer.on("role", ({ state, isServing, epoch }) => port.postMessage({ role: { state, isServing, epoch } }));
await peer.start();
await peer.ready();
await hostPeer(peer, port);
port.postMessage({ isHosted: true });
