import { describe, expect, test } from "vitest";
import { beginOn, createDiskPlaces, type DiskPlaces } from "./support/begin.ts";
import { ALL_SOUND, expectSameTrees, standings } from "./support/expectations.ts";
import { removePlacesAfterEach } from "./support/places.ts";
import type { StoreEnsemble } from "./support/store-ensemble.ts";
import { damageWide, expectSameLogs, WIDE_ENTRIES, writeWide, writeWideEntry } from "./support/wide-entries.ts";

removePlacesAfterEach();

/** Nobody doubts anything after a restart, and all have the same log and the same tree. */
async function expectRepaired(ensemble: StoreEnsemble): Promise<void> {
  await ensemble.closeAll();
  await ensemble.startAll();
  expect(standings(ensemble)).toEqual(ALL_SOUND);
  await expectSameLogs(ensemble);
  await ensemble.serve();
  expectSameTrees(ensemble);
  await ensemble.closeAll();
}

describe.each([1, 2, 3])("an entry in the middle of peer %d's log that cannot be read", (id) => {
  test.each([
    ["after a restart of all", [1, 2, 3]],
    ["while the others serve", [id]],
  ])("is repaired from the leader, %s, and stands there afterwards", async (_, restarted) => {
    const places = await createDiskPlaces();
    const ensemble = await beginOn(places);
    await writeWide(ensemble, 1);
    for (const each of restarted) await ensemble.close(each);
    await damageWide(places[id - 1]!, 2);
    await ensemble.startAll();
    expect(standings(ensemble)[id]).toBe("sound, faulty");
    expect(ensemble.peer(id).replica.data("/wide-1")).not.toBeNull();
    expect(ensemble.peer(id).replica.data("/wide-2")).toBeNull();
    await ensemble.serve();
    expect(ensemble.leader!.id).not.toBe(id);
    expectSameTrees(ensemble);
    await expectRepaired(ensemble);
  });
});

test("entries that each of the peers has lost another one of are all put back (ST-21)", async () => {
  const places = await createDiskPlaces();
  const ensemble = await beginOn(places);
  await writeWide(ensemble, 1);
  await ensemble.close(1);
  await ensemble.close(2);
  await damageWide(places[0], 1);
  await damageWide(places[1], 2);
  await ensemble.startAll();
  expect(standings(ensemble)).toMatchObject({ 1: "sound, faulty", 2: "sound, faulty" });
  await ensemble.serve();
  expectSameTrees(ensemble);
  await expectRepaired(ensemble);
});

/** What peer 3, which is going to lead or leads, is the first to read of what its opening has found in order. */
const READINGS: readonly (readonly [string, (ensemble: StoreEnsemble, places: DiskPlaces) => Promise<void>])[] = [
  [
    "for a peer that was away",
    async (ensemble, places) => {
      await ensemble.close(1);
      await ensemble.serve();
      await writeWide(ensemble, 2);
      // Opened anew they have no entries in memory any more.
      for (const id of [2, 3]) await ensemble.close(id);
      for (const id of [2, 3]) await ensemble.start(id);
      await ensemble.serve();
      expect(ensemble.leader!.id).toBe(3);
      await damageWide(places[2], 1);
      await ensemble.start(1);
    },
  ],
  [
    "to apply it",
    async (ensemble, places) => {
      await writeWide(ensemble, 1);
      await writeWideEntry(ensemble, 1, WIDE_ENTRIES);
      await ensemble.closeAll();
      await ensemble.startAll();
      expect(ensemble.peer(3).replica.data(`/wide-${WIDE_ENTRIES}`)).toBeNull();
      await damageWide(places[2], WIDE_ENTRIES);
    },
  ],
];

describe("damage that the leader's own reading is the first to meet", () => {
  test.each(READINGS)("%s, has another peer lead, who repairs it", async (_, meetDamage) => {
    const places = await createDiskPlaces();
    const ensemble = await beginOn(places);
    await meetDamage(ensemble, places);
    expect(standings(ensemble)).toEqual(ALL_SOUND);
    await ensemble.serve();
    const faults = ensemble.reports.filter(({ report }) => report.code === "LOG_FAULTY");
    expect(faults.map(({ peer }) => peer)).toEqual([3]);
    expect(ensemble.leader!.id).toBe(2);
    expectSameTrees(ensemble);
    await ensemble.write(3, "/through-who-led-before");
    await expectRepaired(ensemble);
  });
});
