import { describe, expect, test } from "vitest";
import { createLevelPlace, createLevelStorage, examineStore, repairStore } from "@coterie/storage-level";
import { entries, HARD_STATE, START } from "./support/log.ts";
import { createMedium, createMemoryLevel, type Medium, storeOn } from "./support/memory-store.ts";

const EIO = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });

async function filled(): Promise<Medium> {
  const medium = createMedium();
  const store = storeOn(medium);
  await store.open();
  await store.write({ hardState: HARD_STATE, append: entries(START, 1, 1, 5) });
  await store.close();
  return medium;
}

/** From the `nth` iterator on, counted from 1, that the database is asked for, reading fails. */
function failIterators({ place }: Medium, nth: number): void {
  const database = place.database!;
  const iterator = database.iterator.bind(database) as (options: object) => object;
  let count = 0;
  Object.defineProperty(database, "iterator", {
    configurable: true,
    value: (options: object) => {
      count++;
      const made = iterator(options);
      if (count < nth) return made;
      const failing = { nextv: { value: async () => Promise.reject(EIO) } };
      return Object.defineProperties(made, failing);
    },
  });
}

function mendIterators({ place }: Medium): void {
  Reflect.deleteProperty(place.database!, "iterator");
}

describe("an open that fails gives the place free", () => {
  test("whichever reading it is that fails", async () => {
    const medium = await filled();
    const store = storeOn(medium);
    let opened = 0;
    for (let nth = 1; opened === 0; nth++) {
      failIterators(medium, nth);
      const code = await store.open().then(
        () => "opened",
        (error: { code?: unknown }) => error.code,
      );
      mendIterators(medium);
      if (code === "opened") opened = nth;
      else expect(code).toBe("STORE_FAILED");
      expect(medium.place.database!.status).toBe(code === "opened" ? "open" : "closed");
    }
    // The log, and the pages of checkpoints.
    expect(opened).toBeGreaterThan(2);
    await store.close();
    const other = storeOn(medium);
    expect(await other.open()).toMatchObject({ kind: "open", hardState: HARD_STATE });
    await other.close();
  });

  test("and a doctor, or a repair, that fails does so, too", async () => {
    const medium = await filled();
    for (let nth = 1; nth <= 2; nth++) {
      failIterators(medium, nth);
      await expect(examineStore(medium)).rejects.toMatchObject({ code: "STORE_FAILED" });
      await expect(repairStore(medium, "mark-amnesiac")).rejects.toMatchObject({ code: "STORE_FAILED" });
      mendIterators(medium);
      expect(medium.place.database!.status).toBe("closed");
    }
    expect(await examineStore(medium)).toMatchObject({ kind: "standing", amnesia: [] });
  });

  test("and a creation that fails", async () => {
    const medium = createMedium();
    const store = storeOn(medium);
    await store.open();
    const read = medium.sidecar.read.bind(medium.sidecar);
    medium.sidecar.read = async () => Promise.reject(EIO);
    await expect(store.write({ hardState: HARD_STATE })).rejects.toMatchObject({ code: "STORE_FAILED" });
    medium.sidecar.read = read;
    await store.close();
    expect(await store.open()).toEqual({ kind: "blank" });
    await store.write({ hardState: HARD_STATE });
    await store.close();
    expect(await store.open()).toMatchObject({ kind: "open", hardState: HARD_STATE });
    await store.close();
  });

  test("also where the database is an object that does not open at first", async () => {
    const database = createMemoryLevel();
    await database.open();
    await database.close();
    const inner = database as unknown as { _open: (options: object) => Promise<void> };
    let isBroken = true;
    inner._open = async () => {
      if (isBroken) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    };
    const store = createLevelStorage({ place: createLevelPlace("the store", database), durable: false });
    await expect(store.open()).rejects.toMatchObject({ code: "STORE_FULL" });
    isBroken = false;
    expect(await store.open()).toEqual({ kind: "blank" });
    await store.close();
  });
});
