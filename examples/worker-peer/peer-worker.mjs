// The peer's own thread: nothing that the application does can hold it up.
import { createPeer, hostPeer, memory } from "coterie";
import { parentPort } from "node:worker_threads";

const peer = createPeer({
  id: 1,
  ensemble: { 1: "127.0.0.1:2888" },
  storage: memory(),
  timing: "dedicated",
  sessions: { tickMs: 200 },
});
await peer.start();
await peer.ready();
if (parentPort !== null) await hostPeer(peer, parentPort);
