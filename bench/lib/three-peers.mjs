// Three durable peers, in processes of their own, with their stores on the disk of the repository.
import { mkdirSync } from "node:fs";
import { Ensemble } from "../../test/chaos/ensemble.mjs";
import { freePorts } from "../../test/support/free-ports.mjs";
import { createPlace } from "./storage-bench.mjs";

const PEERS = 3;

/** With nobody in it yet. */
export async function createThreePeers() {
  const directory = createPlace("three");
  mkdirSync(directory, { recursive: true });
  // Each has one for peers, and one for clients.
  return new Ensemble(directory, await freePorts(2 * PEERS), "dedicated");
}

export async function startThreePeers() {
  const ensemble = await createThreePeers();
  await Promise.all(Array.from({ length: PEERS }, (_, index) => ensemble.start(index + 1)));
  return ensemble;
}
