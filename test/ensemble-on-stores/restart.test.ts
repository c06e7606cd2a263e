import { describe, expect, test } from "vitest";
import { beginOn, createPlaces, PLACE_KINDS } from "./support/begin.ts";
import { ALL_SOUND, expectSameAfterRestart, expectSameTrees, standings } from "./support/expectations.ts";
import { removePlacesAfterEach } from "./support/places.ts";
import type { StoreEnsemble } from "./support/store-ensemble.ts";

removePlacesAfterEach();

/** Through each peer one znode by itself, and ten together. */
async function writeSome(ensemble: StoreEnsemble, name: string): Promise<void> {
  for (const id of ensemble.ids) {
    await ensemble.write(id, `/${name}-${id}`);
    for (let each = 0; each < 10; each++) ensemble.request(id, `/${name}-${id}-${each}`, `data ${each}`);
  }
  await ensemble.settle();
  expect([...ensemble.acked.keys()].filter((path) => path.startsWith(`/${name}`))).toHaveLength(33);
}

describe.each(PLACE_KINDS)("an ensemble on %s", (_, createPlace) => {
  test("has after a restart of all of it what it had before", async () => {
    const ensemble = await beginOn(await createPlaces(createPlace));
    await writeSome(ensemble, "first");
    await ensemble.tick(10);
    expectSameTrees(ensemble);
    const before = ensemble.peer(1).replica.machine.digest;
    await ensemble.closeAll();
    await ensemble.startAll();
    expect(standings(ensemble)).toEqual(ALL_SOUND);
    await ensemble.serve();
    expect(ensemble.up.map(({ replica }) => replica.machine.digest)).toEqual([before, before, before]);
    await writeSome(ensemble, "second");
    await ensemble.tick(10);
    expectSameTrees(ensemble);
    await ensemble.closeAll();
  });

  test("has it after the end of all processes, too, and what was on its way is decided alike", async () => {
    const ensemble = await beginOn(await createPlaces(createPlace));
    await writeSome(ensemble, "first");
    ensemble.request(1, "/on-its-way", "perhaps");
    // The leader has stored it, and nobody else.
    const { leader } = ensemble;
    const isAlone = (): boolean => leader!.zab.view().syncedZxid > leader!.zab.view().committedZxid;
    expect(await ensemble.settle(isAlone)).toBe(true);
    for (const id of ensemble.ids) await ensemble.kill(id);
    await ensemble.startAll();
    expect(standings(ensemble)).toEqual(ALL_SOUND);
    await ensemble.serve();
    expectSameTrees(ensemble);
    expect(ensemble.up.map(({ replica }) => replica.data("/on-its-way") !== null)).toEqual([true, true, true]);
    await ensemble.closeAll();
  });

  test("goes on without one of them, and that one catches up from the logs of the others", async () => {
    const ensemble = await beginOn(await createPlaces(createPlace));
    await writeSome(ensemble, "first");
    const gone = ensemble.leader!.id;
    await ensemble.kill(gone);
    await ensemble.serve();
    const [one = 0, other = 0] = ensemble.ids.filter((id) => id !== gone);
    await ensemble.write(one, "/meanwhile");
    await ensemble.close(other);
    await ensemble.start(other);
    await ensemble.serve();
    await ensemble.write(other, "/meanwhile-too");
    await ensemble.start(gone);
    await ensemble.serve();
    expectSameTrees(ensemble);
    await expectSameAfterRestart(ensemble);
  });
});
