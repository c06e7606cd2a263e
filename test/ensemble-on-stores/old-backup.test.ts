import { describe, expect, test } from "vitest";
import { beginOn, createDiskPlaces, type DiskPlaces, writeThroughAll } from "./support/begin.ts";
import {
  ALL_SOUND,
  expectNoQuorumUntilReadmitted,
  expectSameAfterRestart,
  expectSameTrees,
  standings,
} from "./support/expectations.ts";
import { type DiskPlace, removePlacesAfterEach } from "./support/places.ts";
import type { StoreEnsemble } from "./support/store-ensemble.ts";

removePlacesAfterEach();

interface RolledBack {
  readonly ensemble: StoreEnsemble;
  readonly places: DiskPlaces;
  /** Of peer 2, from before the second writes. */
  readonly backup: DiskPlace;
}

/** Heartbeats enough for leaders to tell what they saw acknowledged, and for that to be saved with the next write. */
const TICKS_UNTIL_SAVED = 70;

/** Everybody serves and has acknowledged more than stands in the backup of peer 2. */
async function beginWithBackup(): Promise<RolledBack> {
  const places = await createDiskPlaces();
  const ensemble = await beginOn(places);
  await writeThroughAll(ensemble, "first");
  await ensemble.close(2);
  const backup = await places[1].backUp();
  await ensemble.start(2);
  await ensemble.serve();
  await writeThroughAll(ensemble, "second");
  await ensemble.tick(TICKS_UNTIL_SAVED);
  await writeThroughAll(ensemble, "third");
  return { ensemble, places, backup };
}

function reportsOfAmnesia({ reports }: StoreEnsemble): number {
  return reports.filter(({ report }) => report.code === "AMNESIA").length;
}

describe("a database older than its sidecar", () => {
  test("is amnesiac, and counts in no quorum until it is readmitted (R3, ST-23)", async () => {
    const { ensemble, places, backup } = await beginWithBackup();
    await ensemble.close(2);
    await places[1].restoreDatabaseOf(backup);
    await ensemble.close(1);
    await ensemble.start(2);
    expect(standings(ensemble)[2]).toBe("amnesiac");
    await expectNoQuorumUntilReadmitted(ensemble);
  });

  test("is readmitted while the others serve", async () => {
    const { ensemble, places, backup } = await beginWithBackup();
    await ensemble.close(2);
    await places[1].restoreDatabaseOf(backup);
    await ensemble.start(2);
    expect(standings(ensemble)[2]).toBe("amnesiac");
    await ensemble.serve();
    expectSameTrees(ensemble);
    await ensemble.tickUntil("readmitted", () => ensemble.peer(2).zab.view().hardState?.isAmnesiac === false);
    await expectSameAfterRestart(ensemble);
  });
});

const ROLLBACKS: readonly (readonly [string, (rolledBack: RolledBack) => Promise<void>])[] = [
  [
    "database and sidecar together",
    async ({ ensemble, places, backup }) => {
      await ensemble.close(2);
      places[1].location = backup.location;
    },
  ],
  [
    "the database alone, before the sidecar's watermark had followed",
    async ({ ensemble, places, backup }) => {
      await ensemble.kill(2);
      await places[1].restoreDatabaseOf(backup);
    },
  ],
];

describe.each(ROLLBACKS)("%s, older than what others saw acknowledged", (_, rollBack) => {
  test("looks sound to itself, is told otherwise, and counts in no quorum until it is readmitted", async () => {
    const rolledBack = await beginWithBackup();
    const { ensemble } = rolledBack;
    await rollBack(rolledBack);
    await ensemble.close(1);
    await ensemble.start(2);
    expect(standings(ensemble)[2]).toBe("sound");
    expect(reportsOfAmnesia(ensemble)).toBe(0);
    await ensemble.tick(10);
    expect(ensemble.peer(2).zab.view().hardState?.isAmnesiac).toBe(true);
    expect(reportsOfAmnesia(ensemble)).toBeGreaterThan(0);
    await expectNoQuorumUntilReadmitted(ensemble);
  });

  test("is noticed by a leader that serves", async () => {
    const rolledBack = await beginWithBackup();
    const { ensemble } = rolledBack;
    await rollBack(rolledBack);
    await ensemble.start(2);
    await ensemble.serve();
    expect(reportsOfAmnesia(ensemble)).toBeGreaterThan(0);
    expectSameTrees(ensemble);
    await ensemble.tickUntil("readmitted", () => ensemble.peer(2).zab.view().hardState?.isAmnesiac === false);
    await expectSameAfterRestart(ensemble);
  });

  test("is noticed by peers that have been restarted since, by what they had saved", async () => {
    const rolledBack = await beginWithBackup();
    const { ensemble } = rolledBack;
    await rollBack(rolledBack);
    await ensemble.closeAll();
    await ensemble.startAll();
    expect(standings(ensemble)).toEqual(ALL_SOUND);
    await ensemble.serve();
    expect(reportsOfAmnesia(ensemble)).toBeGreaterThan(0);
    expectSameTrees(ensemble);
    await ensemble.tickUntil("readmitted", () => ensemble.peer(2).zab.view().hardState?.isAmnesiac === false);
    await expectSameAfterRestart(ensemble);
  });
});
