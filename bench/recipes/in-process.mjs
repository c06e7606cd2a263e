// Contenders are sessions of this process, whose peer leads, or follows, two others; all three are durable.
import { createEnsemblePeer } from "../../test/chaos/create-ensemble-peer.mjs";
import { Ensemble } from "../../test/chaos/ensemble.mjs";
import { measureHandovers } from "../lib/handovers.mjs";

const OWN = 3;
const ensemble = await Ensemble.create("dedicated");
const others = [1, 2].map((id) => ensemble.start(id));
const peer = createEnsemblePeer(ensemble.optionsOf(OWN));
await peer.start();
await Promise.all(others);
try {
  const [before, after] = peer.status.role.state === "leading" ? ["leading", "following"] : ["following", "leading"];
  await measureHandovers(`in the process of a peer that is ${before}`, () => peer.openSession());
  await turn(after);
  await measureHandovers(`in the process of a peer that is ${after}`, () => peer.openSession());
} finally {
  await peer.stop();
  await ensemble.stop();
}

/** Ends leaders until this peer has that role. */
async function turn(role) {
  while (peer.status.role.state !== role || !peer.status.role.isServing) {
    const leader = ensemble.leader;
    if (role === "leading" && leader !== null) {
      await ensemble.end(leader, "SIGTERM");
      await ensemble.start(leader);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
