import { mkdir, rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { beginOn, createDiskPlaces, type DiskPlaces, writeThroughAll } from "./support/begin.ts";
import {
  expectNoQuorumUntilReadmitted,
  expectSameAfterRestart,
  expectSameTrees,
  standings,
} from "./support/expectations.ts";
import { type DiskPlace, removePlacesAfterEach } from "./support/places.ts";
import type { StoreEnsemble } from "./support/store-ensemble.ts";

removePlacesAfterEach();

const LOSSES: readonly (readonly [string, string, (place: DiskPlace) => Promise<void>])[] = [
  [
    "a database directory that was emptied",
    "amnesiac",
    async ({ database }) => {
      await rm(database, { recursive: true });
      await mkdir(database);
    },
  ],
  ["a sidecar that was removed", "amnesiac", async ({ sidecar }) => rm(sidecar)],
  ["a directory that was removed", "blank", async ({ location }) => rm(location, { recursive: true })],
];

interface Begun {
  readonly ensemble: StoreEnsemble;
  readonly places: DiskPlaces;
}

/** All serve, and have something to lose. */
async function beginWritten(): Promise<Begun> {
  const places = await createDiskPlaces();
  const ensemble = await beginOn(places);
  await writeThroughAll(ensemble, "first");
  return { ensemble, places };
}

describe.each(LOSSES)("%s", (_, standing, lose) => {
  test(`leaves a peer that is ${standing}, counts in no quorum until it is readmitted, and then has everything`, async () => {
    const { ensemble, places } = await beginWritten();
    await ensemble.close(2);
    await lose(places[1]);
    await ensemble.close(1);
    await ensemble.start(2);
    expect(standings(ensemble)[2]).toBe(standing);
    await expectNoQuorumUntilReadmitted(ensemble);
  });

  test("is made good while the others serve and write, and by their checkpoint if their logs are shorter", async () => {
    const { ensemble, places } = await beginWritten();
    await ensemble.kill(2);
    await lose(places[1]);
    await ensemble.serve();
    await ensemble.write(3, "/meanwhile");
    for (const id of [1, 3]) await ensemble.takeCheckpoint(id);
    for (const id of [1, 3]) await ensemble.purge(id);
    await ensemble.start(2);
    ensemble.request(1, "/on-its-way", "while peer 2 joins");
    await ensemble.serve();
    expect(ensemble.acked.has("/on-its-way")).toBe(true);
    await ensemble.tickUntil("readmitted", () => ensemble.peer(2).zab.view().hardState?.isAmnesiac === false);
    expectSameTrees(ensemble);
    await expectSameAfterRestart(ensemble);
  });
});
