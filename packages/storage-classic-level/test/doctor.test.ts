import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createClassicLevelStorage, doctor, repair } from "@coterie/storage-classic-level";
import { importing } from "../src/load-classic-level.ts";
import {
  createLocation,
  fileIn,
  filesOf,
  filledStore,
  flipByte,
  HARD_STATE,
  removeLocationsAfterEach,
  segmentIn,
} from "./support/stores.ts";

removeLocationsAfterEach();

test("the doctor looks at a copy, and leaves every byte as it was", async () => {
  const { location, entries } = await filledStore();
  // In the head of a frame, of which nothing is left then.
  const segment = await segmentIn(location);
  await flipByte(segment, (await readFile(segment)).indexOf("CJF1", 40_000));
  const [before, names] = [await filesOf(location), await readdir(location, { recursive: true })];
  const report = await doctor({ location });
  expect(report).toMatchObject({ kind: "standing", amnesia: [], found: { last: { zxid: entries[39]!.zxid } } });
  expect(report.kind === "standing" && report.losses).toHaveLength(1);
  expect(report).toMatchObject({ hasDamagedBlocks: false, journalGapCount: 1 });
  expect(await filesOf(location)).toEqual(before);
  expect(await readdir(location, { recursive: true })).toEqual(names);
});

test("the doctor says blank where nothing stands, and why a store would be refused", async () => {
  expect(await doctor({ location: await createLocation() })).toMatchObject({ kind: "blank" });
  const { location } = await filledStore();
  await rm(await fileIn(location, /^CURRENT$/));
  const refused = { kind: "refused", error: { code: "STORE_CORRUPT" }, sidecar: { kind: "standing" } };
  expect(await doctor({ location })).toMatchObject(refused);
});

test("a database without CURRENT can be rebuilt; what was there stays aside, and the peer is amnesiac", async () => {
  const { location, entries } = await filledStore();
  await rm(await fileIn(location, /^CURRENT$/));
  await repair({ location }, "rebuild-database");
  const store = createClassicLevelStorage({ location });
  const last = { zxid: entries[39]!.zxid, chainHash: entries[39]!.chainHash };
  expect(await store.open()).toMatchObject({ hardState: { ...HARD_STATE, isAmnesiac: true }, last, faults: [] });
  await store.close();
  expect(await readdir(location)).toContain("db.aside-1");
});

test("a database can be put aside, so that the peer begins with its identity alone", async () => {
  const { location } = await filledStore();
  await writeFile(await fileIn(location, /^MANIFEST/), "");
  await repair({ location }, "set-database-aside");
  const store = createClassicLevelStorage({ location });
  const amnesiac = { ...HARD_STATE, isAmnesiac: true };
  expect(await store.open()).toMatchObject({ hardState: amnesiac, last: { zxid: 0 }, checkpoint: null });
  await store.close();
});

test("a database is not put aside where nothing else says whose it is", async () => {
  const { location } = await filledStore();
  const before = await readFile(await fileIn(location, /^CURRENT$/));
  await rm(join(location, "sidecar"));
  await expect(repair({ location }, "set-database-aside")).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  expect(await readFile(await fileIn(location, /^CURRENT$/))).toEqual(before);
});

test("a missing classic-level is named with the command that installs it", async () => {
  const missing = Object.assign(new Error("Cannot find package 'classic-level'\nfrom here"), {
    code: "ERR_MODULE_NOT_FOUND",
  });
  const loading = importing(async () => {
    throw missing;
  });
  await expect(loading).rejects.toMatchObject({
    code: "DEPENDENCY_MISSING",
    message: expect.stringContaining("npm install classic-level"),
  });
});
