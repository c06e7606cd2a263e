import type { ZabLimits } from "@coterie/consensus";
import type { PeerId } from "@coterie/interface";
import { createDiskPlace, createMemoryPlace, type DiskPlace, type StorePlace } from "./places.ts";
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

/** What a store may stand on, and how to make a place of that kind. */
export const PLACE_KINDS: readonly (readonly [string, () => Promise<StorePlace>])[] = [
  ["classic-level", createDiskPlace],
  ["memory-level", async () => createMemoryPlace()],
];

/** For three peers. */
export type Places<Place extends StorePlace> = readonly [Place, Place, Place];
export type DiskPlaces = Places<DiskPlace>;

export async function createPlaces<Place extends StorePlace>(create: () => Promise<Place>): Promise<Places<Place>> {
  return [await create(), await create(), await create()];
}

export async function createDiskPlaces(): Promise<DiskPlaces> {
  return createPlaces(createDiskPlace);
}

/** One znode through each peer that is up. */
export async function writeThroughAll(ensemble: StoreEnsemble, name: string): Promise<void> {
  for (const { id } of ensemble.up) await ensemble.write(id, `/${name}-${id}`);
}
