import type { LogPosition, RecoveredLog } from "@coterie/interface";
import { describe, expect, test } from "vitest";
import { beginOn, createDiskPlaces, type DiskPlaces } from "./support/begin.ts";
import { expectSameAfterRestart, expectSameTrees, standings } from "./support/expectations.ts";
import type { Life } from "./support/life.ts";
import { removePlacesAfterEach } from "./support/places.ts";
import type { StoreEnsemble } from "./support/store-ensemble.ts";
import { damageWide, writeWide } from "./support/wide-entries.ts";

removePlacesAfterEach();

interface Begun {
  readonly ensemble: StoreEnsemble;
  readonly places: DiskPlaces;
  /** Where the logs of peers 2 and 3 begin, by a checkpoint. */
  readonly mark: LogPosition;
}

/**
 * Peer 1 is away and cannot read an entry in the middle of its log, which the others have purged. What it has beyond their
 * checkpoint is in all logs.
 */
async function beginDamaged(
  before: (ensemble: StoreEnsemble) => Promise<void> = async () => undefined,
): Promise<Begun> {
  const places = await createDiskPlaces();
  const ensemble = await beginOn(places);
  await writeWide(ensemble, 1);
  await before(ensemble);
  for (const id of [2, 3]) await ensemble.takeCheckpoint(id);
  const mark = ensemble.peer(3).replica.position;
  for (const name of ["/beyond", "/further-beyond"]) await ensemble.write(1, name);
  await ensemble.tick(10);
  await ensemble.close(1);
  await ensemble.serve();
  for (const id of [2, 3]) await ensemble.purge(id);
  await damageWide(places[0], 1);
  return { ensemble, places, mark };
}

type Found = RecoveredLog & { readonly kind: "open" };

/** What the next life of peer 1 opens. */
async function reopened(ensemble: StoreEnsemble): Promise<Found> {
  const { found } = await ensemble.start(1);
  if (found.kind === "blank") throw new Error("peer 1 has a store");
  return found;
}

/** Where the peer's process ends, and whether the checkpoint is what its next life finds. */
const ENDS: readonly (readonly [string, (peer: Life) => boolean, boolean])[] = [
  ["with pages and no mark", ({ installed }) => installed.at(-1) === "marking", false],
  ["with the mark on the disk and nothing made of it", ({ installed }) => installed.at(-1) === "marked", true],
];

describe("damage in entries that nobody else has any more", () => {
  test("is covered by the leader's checkpoint; the log goes on behind it as it was", async () => {
    const { ensemble, mark } = await beginDamaged();
    const before = await reopened(ensemble);
    expect(standings(ensemble)[1]).toBe("sound, faulty");
    expect(ensemble.peer(1).replica.data("/wide-1")).toBeNull();
    await ensemble.serve();
    expect(ensemble.peer(1).installed.filter((done) => done !== "pages")).toEqual(["marking", "marked", "restored"]);
    expectSameTrees(ensemble);
    await ensemble.write(1, "/afterwards");
    await ensemble.close(1);
    const found = await reopened(ensemble);
    expect(found).toMatchObject({ base: mark, faults: [], checkpoint: mark });
    expect(found.last.zxid).toBeGreaterThan(before.last.zxid);
    // It was there already, and was not sent again.
    const beyond = await ensemble.peer(1).storage.read({ after: mark.zxid, upTo: before.last.zxid }, 2 ** 24);
    expect(beyond.kind === "entries" && beyond.entries.at(-1)).toMatchObject(before.last);
    await ensemble.serve();
    await expectSameAfterRestart(ensemble);
  });

  test.each(ENDS)("is still there, or covered, when the peer ends %s", async (_, isThere, stands) => {
    const { ensemble, mark } = await beginDamaged();
    const before = await reopened(ensemble);
    const peer = ensemble.peer(1);
    await ensemble.tickUntil("the peer ends", () => isThere(peer));
    expect(peer.installed).not.toContain("restored");
    await ensemble.kill(1);
    const found = await reopened(ensemble);
    if (stands) expect(found).toMatchObject({ base: mark, last: before.last, checkpoint: mark, faults: [] });
    else expect(found).toEqual({ ...before, hardState: expect.anything() });
    await ensemble.serve();
    expect(ensemble.peer(1).installed.includes("marked")).toBe(!stands);
    expectSameTrees(ensemble);
    await expectSameAfterRestart(ensemble);
  });

  test("is behind the peer's own checkpoint: the log is covered, and the state stays as it is", async () => {
    const { ensemble, mark } = await beginDamaged(async (begun) => begun.takeCheckpoint(1));
    const { checkpoint } = await reopened(ensemble);
    expect(checkpoint).not.toBeNull();
    expect(standings(ensemble)[1]).toBe("sound, faulty");
    await ensemble.serve();
    expect(ensemble.peer(1).installed.filter((done) => done !== "pages")).toEqual(["marking", "marked"]);
    expectSameTrees(ensemble);
    await ensemble.close(1);
    expect(await reopened(ensemble)).toMatchObject({ base: mark, faults: [] });
    await ensemble.serve();
    await expectSameAfterRestart(ensemble);
  });
});
