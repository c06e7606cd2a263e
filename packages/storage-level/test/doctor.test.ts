import { describe, expect, test } from "vitest";
import { examineStore, repairStore } from "@coterie/storage-level";
import { KEYS } from "../src/format/keys.ts";
import { contentsOf, damageEntry, damagePage, tearTail } from "./support/damages.ts";
import { entries, HARD_STATE, page, plain, positionOf, START, zxid } from "./support/log.ts";
import { createMedium, type Medium, storeOn } from "./support/memory-store.ts";

const log = entries(START, 1, 1, 12);

/** Six records; a checkpoint of three pages behind the fourth entry. */
async function filled(): Promise<Medium> {
  const medium = createMedium();
  const store = storeOn(medium);
  await store.open();
  await store.write({ hardState: HARD_STATE });
  for (let from = 0; from < 12; from += 2) {
    await store.write({ append: log.slice(from, from + 2), committed: log[from]!.zxid });
  }
  await store.addPages([page("a"), page("b"), page("c")]);
  await store.write({ checkpoint: { kind: "full", ...positionOf(log[3]!), digest: "d", pageCount: 3 } });
  await store.close();
  return medium;
}

async function contents({ place }: Medium): Promise<unknown> {
  return (await contentsOf(place.database!)).map(([key, value]) => [String(key), [...value]]);
}

describe("the doctor", () => {
  test("finds a sound store sound", async () => {
    const medium = await filled();
    expect(await examineStore(medium)).toMatchObject({
      kind: "standing",
      sidecar: { kind: "standing" },
      found: { kind: "open", last: positionOf(log[11]!), checkpoint: { pageCount: 3 } },
      amnesia: [],
      damagedPages: [],
      recordCount: 6,
      losses: [],
    });
    expect(await storeOn(medium).open()).toMatchObject({ kind: "open" });
  });

  test("names all that is wrong, and changes nothing", async () => {
    const medium = await filled();
    await damageEntry(medium, log[6]!.zxid);
    await damagePage(medium, 1);
    await tearTail(medium);
    const written = medium.sidecar.written.length;
    const before = await contents(medium);
    medium.sidecar.content = { kind: "damaged" };
    const report = await examineStore(medium);
    expect(report).toMatchObject({
      kind: "standing",
      sidecar: { kind: "damaged" },
      found: { faults: [{ after: positionOf(log[5]!), upTo: positionOf(log[7]!) }], droppedTailCount: 1 },
      amnesia: ["sidecar-missing"],
      damagedPages: [1],
    });
    expect(report.kind === "standing" && report.losses).toHaveLength(4);
    expect(await contents(medium)).toEqual(before);
    expect(medium.sidecar.written).toHaveLength(written);
  });

  test("says what opening would refuse, and blank for what is not there", async () => {
    const medium = await filled();
    await medium.place.database!.open();
    await medium.place.database!.del(KEYS.state);
    medium.sidecar.content = { kind: "damaged" };
    expect(await examineStore(medium)).toMatchObject({ kind: "refused", error: { code: "STORE_CORRUPT" } });
    expect(await examineStore(createMedium())).toEqual({ kind: "blank", sidecar: { kind: "missing" } });
  });

  test("does not look at a store that is open", async () => {
    const medium = await filled();
    const store = storeOn(medium);
    await store.open();
    await expect(examineStore(medium)).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await store.close();
  });
});

describe("a repair", () => {
  test("mark-amnesiac writes both copies again, and nothing else", async () => {
    const medium = await filled();
    medium.sidecar.content = { kind: "damaged" };
    await repairStore(medium, "mark-amnesiac");
    const amnesiac = { ...HARD_STATE, isAmnesiac: true };
    expect(medium.sidecar.content).toMatchObject({ kind: "standing", state: { hardState: amnesiac } });
    expect(await examineStore(medium)).toMatchObject({
      found: { hardState: amnesiac, last: positionOf(log[11]!) },
      amnesia: ["recorded"],
    });
  });

  test("cut-faults keeps what lies below the first fault", async () => {
    const medium = await filled();
    await damageEntry(medium, log[8]!.zxid);
    await repairStore(medium, "cut-faults");
    const store = storeOn(medium);
    expect(await store.open()).toMatchObject({
      hardState: { isAmnesiac: true },
      base: START,
      last: positionOf(log[7]!),
      committed: log[7]!.zxid,
      faults: [],
    });
    await store.close();
  });

  test("cut-faults lets the checkpoint stand for a fault below it", async () => {
    const medium = await filled();
    await damageEntry(medium, log[0]!.zxid);
    await repairStore(medium, "cut-faults");
    const store = storeOn(medium);
    expect(await store.open()).toMatchObject({ base: positionOf(log[3]!), last: positionOf(log[11]!), faults: [] });
    const read = await store.read({ after: log[3]!.zxid, upTo: zxid(9, 0) }, 1e6);
    expect(read.kind === "entries" && plain(read.entries)).toEqual(plain(log.slice(4)));
    await store.close();
  });

  test("cut-faults keeps the log from its start, where a page of the checkpoint above the fault cannot be read", async () => {
    const medium = await filled();
    await damageEntry(medium, log[2]!.zxid);
    await damagePage(medium, 1);
    await repairStore(medium, "cut-faults");
    expect(await examineStore(medium)).toMatchObject({
      found: { base: START, last: positionOf(log[1]!), checkpoint: null, faults: [], committed: log[1]!.zxid },
      amnesia: ["recorded"],
      damagedPages: [],
    });
  });

  test("cut-faults lets a sound checkpoint stay, and one whose pages are damaged above which the fault lies", async () => {
    const medium = await filled();
    await damageEntry(medium, log[8]!.zxid);
    await damagePage(medium, 1);
    await repairStore(medium, "cut-faults");
    expect(await examineStore(medium)).toMatchObject({
      found: { base: START, last: positionOf(log[7]!), checkpoint: { pageCount: 3 }, faults: [] },
      damagedPages: [1],
    });
  });

  test("cut-faults is refused, and changes nothing, where neither checkpoint nor log can be read from the start", async () => {
    const medium = await filled();
    const store = storeOn(medium);
    await store.open();
    await store.purge(log[1]!.zxid);
    await store.close();
    await damageEntry(medium, log[2]!.zxid);
    await damagePage(medium, 0);
    const before = await contents(medium);
    await expect(repairStore(medium, "cut-faults")).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    expect(await contents(medium)).toEqual(before);
  });

  test("of a name that there is not is refused, and changes nothing", async () => {
    const medium = await filled();
    const before = await contents(medium);
    for (const name of ["cut-fault", "", undefined, "toString", "rebuild-database"])
      await expect(repairStore(medium, name as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    expect(await contents(medium)).toEqual(before);
    expect(await examineStore(medium)).toMatchObject({ amnesia: [] });
  });

  test("is refused where there is nothing to repair", async () => {
    await expect(repairStore(createMedium(), "mark-amnesiac")).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  });
});
