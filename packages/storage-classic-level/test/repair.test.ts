import { execFile } from "node:child_process";
import { readdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type ClassicLevelRepair, createClassicLevelStorage, doctor, repair } from "@coterie/storage-classic-level";
import {
  createLocation,
  entriesAfter,
  fileIn,
  filesOf,
  filledStore,
  HARD_STATE,
  removeLocationsAfterEach,
} from "./support/stores.ts";

removeLocationsAfterEach();

const REPAIRS: readonly ClassicLevelRepair[] = [
  "mark-amnesiac",
  "cut-faults",
  "rebuild-database",
  "set-database-aside",
];

/** Lets another process open the store, or repair it; see `ask.mjs`. */
async function ask(what: ClassicLevelRepair | "open", location: string): Promise<string> {
  const script = fileURLToPath(new URL("support/ask.mjs", import.meta.url));
  return (await promisify(execFile)(process.execPath, [script, what, location])).stdout;
}

describe("of a store that is open, nothing is repaired, and nothing of what it acknowledges is lost", () => {
  test.each(REPAIRS)("%s in the same process, and in another one", async (action) => {
    const { location, entries } = await filledStore();
    const store = createClassicLevelStorage({ location });
    await store.open();
    const names = await readdir(location);
    const before = await filesOf(location);
    await expect(repair({ location }, action)).rejects.toMatchObject({ code: "STORE_LOCKED" });
    expect(await ask(action, location)).toBe("STORE_LOCKED");
    expect([await readdir(location), await filesOf(location)]).toEqual([names, before]);
    const append = entriesAfter(entries.at(-1)!, 3);
    await store.write({ append });
    await store.close();
    const last = { zxid: append[2]!.zxid, chainHash: append[2]!.chainHash };
    expect(await store.open()).toMatchObject({ hardState: HARD_STATE, last, faults: [] });
    await store.close();
  });

  test("a handle that was refused in this process leaves the lock as it is for every other process", async () => {
    const { location } = await filledStore();
    const store = createClassicLevelStorage({ location });
    await store.open();
    const other = join(dirname(location), "another-name");
    await symlink(location, other, "junction");
    for (const name of [location, other]) {
      const second = createClassicLevelStorage({ location: name });
      await expect(second.open()).rejects.toMatchObject({ code: "STORE_LOCKED" });
    }
    expect(await ask("open", location)).toBe("STORE_LOCKED");
    await store.close();
    expect(await ask("open", location)).toBe("done");
    expect(await store.open()).toMatchObject({ hardState: HARD_STATE });
    await store.close();
  });
});

describe("after a repair", () => {
  test.each(REPAIRS)("%s the doctor says what there is, and the same repair may be done again", async (action) => {
    const { location } = await filledStore();
    for (let count = 1; count <= 2; count++) {
      await repair({ location }, action);
      expect(await doctor({ location })).toMatchObject({
        kind: "standing",
        found: { hardState: { ...HARD_STATE, isAmnesiac: true }, faults: [] },
        amnesia: ["recorded"],
        hasDamagedBlocks: false,
      });
    }
    const isAside = action === "rebuild-database" || action === "set-database-aside";
    const aside = isAside ? ["db.aside-1", "db.aside-2"] : [];
    // The second time there was no log any more.
    const logs = action === "set-database-aside" ? ["log.aside-1"] : ["log"];
    expect((await readdir(location)).sort()).toEqual(["db", ...aside, ...logs, "sidecar"]);
  });

  test("a directory among LevelDB's files, as its own repair leaves one, is no matter for the doctor", async () => {
    const { location, entries } = await filledStore();
    const { ClassicLevel } = await import("classic-level");
    await writeFile(await fileIn(location, /^MANIFEST/), "");
    await ClassicLevel.repair(join(location, "db"));
    expect(await readdir(join(location, "db"))).toContain("lost");
    expect(await doctor({ location })).toMatchObject({ found: { last: { zxid: entries[39]!.zxid } } });
  });

  test("that did not come to its end, it can be done again", async () => {
    const { location } = await filledStore();
    await rm(join(location, "db"), { recursive: true });
    await expect(repair({ location }, "rebuild-database")).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    await repair({ location }, "set-database-aside");
    expect(await doctor({ location })).toMatchObject({ found: { hardState: { ...HARD_STATE, isAmnesiac: true } } });
  });
});

describe("what cannot be done is refused with a code, and changes nothing", () => {
  test("a repair of a name that there is not", async () => {
    const { location } = await filledStore();
    const before = await filesOf(location);
    for (const name of ["cut-fault", undefined, "constructor"])
      await expect(repair({ location }, name as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    expect(await filesOf(location)).toEqual(before);
  });

  test("a doctor without a place for its copy", async () => {
    const { location } = await filledStore();
    const scratch = join(location, "no", "such", "place");
    await expect(doctor({ location, scratch })).rejects.toMatchObject({ name: "CoterieError", code: "STORE_FAILED" });
  });

  test("a repair of a place where nothing stands", async () => {
    for (const action of REPAIRS) {
      const location = await createLocation();
      await expect(repair({ location }, action)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
      expect(await readdir(dirname(location))).toEqual([]);
    }
  });

  test("a repair of a database that is no directory", async () => {
    const { location } = await filledStore();
    await rm(join(location, "db"), { recursive: true });
    await writeFile(join(location, "db"), "a file");
    for (const action of REPAIRS)
      await expect(repair({ location }, action)).rejects.toMatchObject({
        name: "CoterieError",
        code: expect.stringMatching(/^STORE_/),
      });
  });
});
