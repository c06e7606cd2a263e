import type { ZabLimits } from "@coterie/consensus";
import type { PeerId } from "@coterie/interface";
import { createDiskPlace, type DiskPlace, type StorePlace } from "./places.ts";
import { StoreEnsemble } from "./store-ensemble.ts";

const LEADER = 3 as PeerId;

/** From blank stores on until all serve, and peer 3 leads. */
export async function begin(ensemble: StoreEnsemble): Promise<void> {
  await ensemble.startAll();
  await ensemble.serve();
  if (ensemble.leader!.id !== LEADER) ensemble.leader!.take({ kind: "hand-over", target: LEADER });
  await ensemble.tickUntil("peer 3 leads", () => ensemble.leader?.id === LEADER);
  await ensemble.serve();
}

export async function beginOn(places: readonly StorePlace[], limits: Partial<ZabLimits> = {}): Promise<StoreEnsemble> {
  const ensemble = new StoreEnsemble(places, limits);
  await begin(ensemble);
  return ensemble;
}

export type DiskPlaces = readonly [DiskPlace, DiskPlace, DiskPlace];

export async function createDiskPlaces(): Promise<DiskPlaces> {
  return [await createDiskPlace(), await createDiskPlace(), await createDiskPlace()];
}

/** One znode through each peer that is up. */
export async function writeThroughAll(ensemble: StoreEnsemble, name: string): Promise<void> {
  for (const { id } of ensemble.up) await ensemble.write(id, `/${name}-${id}`);
}
