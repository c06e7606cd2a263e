// Contenders are clients over TCP, all in this process; three durable peers in three processes.
import { connect } from "../../packages/coterie/dist/index.js";
import { measureHandovers } from "../lib/handovers.mjs";
import { startThreePeers } from "../lib/three-peers.mjs";

const ensemble = await startThreePeers();
try {
  await measureHandovers("remote", () => connect(ensemble.connectString));
} finally {
  await ensemble.stop();
}
