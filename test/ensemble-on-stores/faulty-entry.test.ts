import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LogStorage } from "@coterie/interface";
import { describe, expect, test } from "vitest";
import { ALL, flipByte } from "../../packages/storage-classic-level/test/support/stores.ts";
import { beginOn, createDiskPlaces } from "./support/begin.ts";
import { ALL_SOUND, expectSameTrees, standings } from "./support/expectations.ts";
import { type DiskPlace, removePlacesAfterEach } from "./support/places.ts";
import type { StoreEnsemble } from "./support/store-ensemble.ts";

removePlacesAfterEach();

/** Wider than a block of LevelDB's write-ahead log: damage in one entry reaches no other. */
const PADDING = "-".repeat(70_000);
const ENTRIES = 4;

async function writeWide(ensemble: StoreEnsemble): Promise<void> {
  for (let each = 0; each < ENTRIES; each++) await ensemble.write(1, `/wide-${each}`, `marker ${each} ${PADDING}`);
  await ensemble.tick(10);
}

/** Flips a bit of what stands in the write-ahead log for an entry. */
async function damage(place: DiskPlace, marker: string): Promise<void> {
  for (const name of (await readdir(place.database)).filter((file) => file.endsWith(".log"))) {
    const path = join(place.database, name);
    const at = (await readFile(path)).indexOf(marker);
    if (at > 0) return flipByte(path, at + PADDING.length / 2);
  }
  throw new Error(`${marker} stands in no log`);
}

/** Where each entry stands, by a hash over all up to it: what a store gives has been held against its bytes. */
async function logOf(storage: LogStorage): Promise<readonly string[]> {
  const reading = await storage.read(ALL, 2 ** 24);
  if (reading.kind !== "entries") throw new Error(`the log is ${reading.kind}`);
  return reading.entries.map(({ zxid, chainHash, bytes }) => `${zxid} ${chainHash} ${bytes.length}`);
}

describe.each([1, 2, 3])("an entry in the middle of peer %d's log that cannot be read", (id) => {
  test.each([
    ["after a restart of all", [1, 2, 3]],
    ["while the others serve", [id]],
  ])("is repaired from the leader, %s, and stands there afterwards", async (_, restarted) => {
    const places = await createDiskPlaces();
    const ensemble = await beginOn(places);
    await writeWide(ensemble);
    for (const each of restarted) await ensemble.close(each);
    await damage(places[id - 1]!, "marker 2 ");
    await ensemble.startAll();
    expect(standings(ensemble)[id]).toBe("sound, faulty");
    expect(ensemble.peer(id).replica.data("/wide-1")).not.toBeNull();
    expect(ensemble.peer(id).replica.data("/wide-2")).toBeNull();
    await ensemble.serve();
    expect(ensemble.leader!.id).not.toBe(id);
    expectSameTrees(ensemble);
    await ensemble.closeAll();
    await ensemble.startAll();
    expect(standings(ensemble)).toEqual(ALL_SOUND);
    const logs = await Promise.all(ensemble.up.map(async ({ storage }) => logOf(storage)));
    expect(logs[0]!.length).toBeGreaterThan(ENTRIES);
    for (const log of logs) expect(log).toEqual(logs[0]);
    await ensemble.serve();
    expectSameTrees(ensemble);
    await ensemble.closeAll();
  });
});

test("entries that each of the peers has lost another one of are all put back (ST-21)", async () => {
  const places = await createDiskPlaces();
  const ensemble = await beginOn(places);
  await writeWide(ensemble);
  await ensemble.close(1);
  await ensemble.close(2);
  await damage(places[0], "marker 1 ");
  await damage(places[1], "marker 2 ");
  await ensemble.startAll();
  expect(standings(ensemble)).toMatchObject({ 1: "sound, faulty", 2: "sound, faulty" });
  await ensemble.serve();
  expectSameTrees(ensemble);
  await ensemble.closeAll();
  await ensemble.startAll();
  expect(standings(ensemble)).toEqual(ALL_SOUND);
  await ensemble.serve();
  expectSameTrees(ensemble);
  await ensemble.closeAll();
});
