import { describe, expect, test } from "vitest";
import { beginOn, createPlaces, PLACE_KINDS } from "./support/begin.ts";
import { expectSameAfterRestart, expectSameTrees, standings } from "./support/expectations.ts";
import type { Life } from "./support/life.ts";
import { removePlacesAfterEach, type StorePlace } from "./support/places.ts";
import type { StoreEnsemble } from "./support/store-ensemble.ts";

removePlacesAfterEach();

/** Pages of about 64 KiB each, one on its way at a time; a store writes them out when it has 1 MiB of them. */
const LIMITS = { pagesInFlightMaxBytes: 1 };
const ZNODES = 20;
const DATA = "x".repeat(60_000);

/** Peer 1 is away, and the logs of the others begin behind the end of its own. */
async function beginFarBehind(createPlace: () => Promise<StorePlace>): Promise<StoreEnsemble> {
  const ensemble = await beginOn(await createPlaces(createPlace), LIMITS);
  await ensemble.write(1, "/before");
  await ensemble.close(1);
  await ensemble.serve();
  for (let each = 0; each < ZNODES; each++) await ensemble.write(3, `/wide-${each}`, `${each}${DATA}`);
  for (const { id } of ensemble.up) await ensemble.takeCheckpoint(id);
  for (const { id } of ensemble.up) await ensemble.purge(id);
  await ensemble.write(2, "/behind-the-checkpoint");
  return ensemble;
}

/** Where the peer's process ends, and whether the checkpoint is what its next life finds. */
const ENDS: readonly (readonly [string, (peer: Life) => boolean, boolean])[] = [
  ["with some pages in memory", ({ installed }) => installed.length === 3, false],
  ["with some pages on the disk", ({ installedBytes }) => installedBytes >= 2 ** 20, false],
  ["with all pages there and no mark", ({ installed }) => installed.at(-1) === "marking", false],
  ["with the mark on the disk and nothing made of it", ({ installed }) => installed.at(-1) === "marked", true],
];

describe.each(PLACE_KINDS)("a peer far behind, on %s", (_, createPlace) => {
  test("gets a checkpoint into its store, and goes on from there", async () => {
    const ensemble = await beginFarBehind(createPlace);
    const { found } = await ensemble.start(1);
    await ensemble.serve();
    expect(found).toMatchObject({ kind: "open", checkpoint: null });
    expect(ensemble.peer(1).installed.filter((done) => done !== "pages")).toEqual(["marking", "marked", "restored"]);
    expectSameTrees(ensemble);
    await expectSameAfterRestart(ensemble);
    const again = await ensemble.start(1);
    expect(again.found).toMatchObject({ kind: "open", checkpoint: { digest: expect.any(String) } });
    await ensemble.closeAll();
  });

  test.each(ENDS)("that ends %s gets what is missing when it comes back", async (__, isThere, stands) => {
    const ensemble = await beginFarBehind(createPlace);
    const before = (await ensemble.start(1)).found;
    const peer = ensemble.peer(1);
    await ensemble.tickUntil("the peer ends", () => isThere(peer));
    expect(isThere(peer)).toBe(true);
    expect(peer.installed).not.toContain("restored");
    await ensemble.kill(1);
    const { found } = await ensemble.start(1);
    expect(standings(ensemble)[1]).toBe("sound");
    if (stands) expect(found).toMatchObject({ checkpoint: { digest: expect.any(String) }, faults: [] });
    else expect(found).toEqual({ ...before, hardState: expect.anything() });
    await ensemble.serve();
    expect(ensemble.peer(1).installed.includes("marked")).toBe(!stands);
    expectSameTrees(ensemble);
    await expectSameAfterRestart(ensemble);
  });
});
