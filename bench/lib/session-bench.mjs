// What the scenarios of bench/session and bench/recipes share: peers with durable stores, one of them in this process, and a session on it.
import { classicLevel, createMemoryNetwork, createPeer } from "../../packages/coterie/dist/index.js";
import { createEnsemblePeer } from "../../test/chaos/create-ensemble-peer.mjs";
import { createPlace } from "./storage-bench.mjs";
import { createThreePeers } from "./three-peers.mjs";

const OWN = 3;
const POLL_MS = 20;

/** A peer alone, in this process. */
export async function startAlone() {
  const host = "alone";
  const peer = createPeer({
    id: 1,
    ensemble: { 1: `${host}:1` },
    storage: classicLevel(createPlace("alone")),
    transport: createMemoryNetwork().transport(host),
    timing: "dedicated",
  });
  await peer.start();
  return { peer, stop: () => peer.stop() };
}

/** One of three in this process, the others in processes of their own; it has that role. */
export async function startOneOfThree(role) {
  const ensemble = await createThreePeers();
  const others = [1, 2].map((id) => ensemble.start(id));
  let peer = await startOwn(ensemble);
  await Promise.all(others);
  while (peer.status.role.state !== role || !peer.status.role.isServing) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (role === "following" && peer.status.role.state === "leading") peer = await restartOwn(ensemble, peer);
    if (role === "leading" && ensemble.leader !== null) await restartLeader(ensemble);
  }
  const stop = async () => {
    await peer.stop();
    await ensemble.stop();
  };
  return { peer, ensemble, stop };
}

async function startOwn(ensemble) {
  const peer = createEnsemblePeer(ensemble.optionsOf(OWN));
  await peer.start();
  return peer;
}

async function restartOwn(ensemble, peer) {
  await peer.stop();
  await ensemble.untilLeader();
  return startOwn(ensemble);
}

async function restartLeader(ensemble) {
  const leader = ensemble.leader;
  await ensemble.end(leader, "SIGTERM");
  await ensemble.start(leader);
}

/** Runs `operation` so many at a time, each taking the place of one that is done, for so long; gives how many a second. */
export async function keepInFlight(count, durationMs, operation) {
  let done = 0;
  const startMs = performance.now();
  const one = async () => {
    while (performance.now() - startMs < durationMs) {
      await operation();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: count }, one));
  return (done * 1000) / (performance.now() - startMs);
}
