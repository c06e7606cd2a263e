import type { RoleView } from "@coterie/consensus";
import { expect, test } from "vitest";
import { begin, writeThroughAll } from "./support/begin.ts";
import { expectSameTrees, standings } from "./support/expectations.ts";
import { createLocation, type DiskPlace, removePlacesAfterEach } from "./support/places.ts";
import { RecordedPlace } from "./support/recorded-place.ts";
import { StoreEnsemble } from "./support/store-ensemble.ts";

removePlacesAfterEach();

/** One moment in so many is looked at; the long run looks at every one. */
const STRIDE = process.env["COTERIE_TEST_LONG"] === "1" ? 1 : 7;
const MOMENTS_MIN = 80;

/** What a loss of power leaves of all three, and what had been said by then. */
interface Image {
  readonly moment: number;
  readonly places: readonly DiskPlace[];
  readonly acked: ReadonlyMap<string, string>;
}

function hasOtherLeader({ isServing, leader }: RoleView): boolean {
  return isServing && leader !== 3;
}

/** All that moves promises and logs: founding, a lost leader, a truncation, checkpoints of one's own, another's. */
async function eventfulLife(ensemble: StoreEnsemble): Promise<void> {
  await writeThroughAll(ensemble, "first");
  for (const other of [1, 2]) ensemble.wires.cutOff(3, other);
  ensemble.request(3, "/truncated", "nobody else has it");
  await ensemble.settle();
  const alone = ensemble.peer(3).zab.view().syncedZxid;
  expect(alone).toBeGreaterThan(ensemble.peer(1).zab.view().lastZxid);
  const haveLeft = (): boolean => [1, 2].every((id) => hasOtherLeader(ensemble.peer(id).role));
  await ensemble.tickUntil("another one leads", haveLeft);
  await ensemble.write(1, "/without-the-old-leader");
  ensemble.wires.mend();
  await ensemble.serve();
  expect(ensemble.up.map(({ replica }) => replica.data("/truncated"))).toEqual([null, null, null]);
  await writeThroughAll(ensemble, "second");
  for (const id of ensemble.ids) await ensemble.takeCheckpoint(id);
  await ensemble.close(1);
  await ensemble.serve();
  for (const name of ["third", "fourth"]) await writeThroughAll(ensemble, name);
  for (const { id } of ensemble.up) await ensemble.takeCheckpoint(id);
  for (const { id } of ensemble.up) await ensemble.purge(id);
  await ensemble.write(3, "/behind-the-checkpoint");
  await ensemble.start(1);
  await ensemble.serve();
  expect(ensemble.peer(1).installed).toContain("restored");
  await writeThroughAll(ensemble, "fifth");
  await ensemble.closeAll();
}

async function record(): Promise<{ readonly images: readonly Image[]; readonly moments: number }> {
  const images: Image[] = [];
  let moments = 0;
  let ensemble: StoreEnsemble | null = null;
  const places: RecordedPlace[] = [];
  const keepImage = async (): Promise<void> => {
    moments++;
    if (moments % STRIDE !== 0) return;
    const left: DiskPlace[] = [];
    for (const place of places) left.push(await place.backUp());
    images.push({ moment: moments, places: left, acked: new Map(ensemble?.acked) });
  };
  for (let id = 1; id <= 3; id++) places.push(new RecordedPlace(await createLocation(), keepImage));
  ensemble = new StoreEnsemble(places);
  await begin(ensemble);
  await eventfulLife(ensemble);
  return { images, moments };
}

test("whenever the power goes, between database and sidecar too, what was said stands and nobody is doubted (R3)", async () => {
  const { images, moments } = await record();
  expect(moments).toBeGreaterThan(MOMENTS_MIN);
  for (const { moment, places, acked } of images) {
    const ensemble = new StoreEnsemble(places);
    await ensemble.startAll();
    // Before there is a cluster, nobody has promised anything.
    const isOld = acked.size > 0;
    const doubted = Object.entries(standings(ensemble)).filter(([, is]) => is !== "sound" && (isOld || is !== "blank"));
    expect({ moment, doubted }).toEqual({ moment, doubted: [] });
    for (const [path, data] of acked) ensemble.acked.set(path, data);
    await ensemble.serve();
    expectSameTrees(ensemble);
    await writeThroughAll(ensemble, "afterwards");
    expectSameTrees(ensemble);
    await ensemble.closeAll();
  }
});
