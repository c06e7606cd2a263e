// Contenders are clients over TCP, all in this process; three durable peers in three processes.
import { connect } from "../../packages/coterie/dist/index.js";
import { Ensemble } from "../../test/chaos/ensemble.mjs";
import { measureHandovers } from "../lib/handovers.mjs";

const ensemble = await Ensemble.start("dedicated");
try {
  await measureHandovers("remote", () => connect(ensemble.connectString));
} finally {
  await ensemble.stop();
}
