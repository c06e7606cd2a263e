// A peer alone in a process of its own, so that what it takes of memory can be seen. It ends with its parent.
import { createPeer, memory } from "../../../packages/coterie/dist/index.js";

const peer = createPeer({
  id: 1,
  ensemble: { 1: "127.0.0.1:1" },
  storage: memory(),
  zookeeper: { port: 0 },
});
process.once("disconnect", () => process.exit());
await peer.start();
await peer.ready();
/** Asked for by any message: the most that this process has ever had in memory, in bytes, and what a client may want to know. */
const tell = () =>
  process.send?.({
    port: Number(peer.status.ports[0]?.split(":").at(-1)),
    peakBytes: process.resourceUsage().maxRSS * 1024,
    connectionCount: peer.metrics().num_alive_connections,
  });
process.on("message", tell);
tell();
