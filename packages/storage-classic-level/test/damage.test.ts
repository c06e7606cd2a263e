import { mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LogEntry, LogPosition, LogStorage } from "@coterie/interface";
import { createClassicLevelStorage, repair } from "@coterie/storage-classic-level";
import {
  ALL,
  createLocation,
  createOlderStorage,
  entriesAfter,
  fileIn,
  filesOf,
  filledStore,
  fillTables,
  flipByte,
  HARD_STATE,
  removeLocationsAfterEach,
  segmentIn,
  START,
} from "./support/stores.ts";

removeLocationsAfterEach();

function positionOf({ zxid, chainHash }: LogPosition): LogPosition {
  return { zxid, chainHash };
}

async function open(location: string): Promise<{ store: LogStorage; found: Awaited<ReturnType<LogStorage["open"]>> }> {
  const store = createClassicLevelStorage({ location });
  return { store, found: await store.open() };
}

/** Opens and closes it again. */
async function look(location: string): Promise<Awaited<ReturnType<LogStorage["open"]>>> {
  const { store, found } = await open(location);
  await store.close();
  return found;
}

async function refusal(location: string): Promise<{ readonly code: string; readonly message: string }> {
  const store = createClassicLevelStorage({ location });
  return store.open().then(
    () => ({ code: "opened", message: "" }),
    (error: { readonly code: string; readonly message: string }) => error,
  );
}

/** All that can be read, wherever faults are. */
async function readable(store: LogStorage): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let after = ALL.after; ;) {
    const reading = await store.read({ ...ALL, after }, 2 ** 24);
    if (reading.kind === "purged") throw new Error("nothing was purged");
    if (reading.kind === "entries" && reading.entries.length === 0) return entries;
    if (reading.kind === "entries") entries.push(...reading.entries);
    after = reading.kind === "entries" ? reading.entries.at(-1)!.zxid : reading.fault.upTo.zxid;
  }
}

describe("a store on disk", () => {
  test("is created by its first write, not by opening it", async () => {
    const location = await createLocation();
    const { store, found } = await open(location);
    expect(found).toEqual({ kind: "blank" });
    await store.close();
    expect(await look(location)).toEqual({ kind: "blank" });
    await expect(readFile(join(location, "sidecar"))).rejects.toThrow("ENOENT");
  });

  test("comes back whole", async () => {
    const { location, entries } = await filledStore();
    const { store, found } = await open(location);
    expect(found).toMatchObject({ hardState: HARD_STATE, last: positionOf(entries[39]!), faults: [] });
    expect(await readable(store)).toHaveLength(40);
    await store.close();
  });

  test("is locked while it is open", async () => {
    const { location } = await filledStore();
    const { store } = await open(location);
    expect(await refusal(location)).toMatchObject({ code: "STORE_LOCKED" });
    await store.close();
    expect(await look(location)).toMatchObject({ kind: "open" });
  });

  test("a second handle that was blank, too, does not take over what the first one has created", async () => {
    const location = await createLocation();
    const [one, other] = [await open(location), await open(location)];
    await one.store.write({ hardState: HARD_STATE });
    await expect(other.store.write({ hardState: HARD_STATE })).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await other.store.close();
    await one.store.close();
    expect(await look(location)).toMatchObject({ kind: "open", hardState: HARD_STATE });
  });
});

describe("damage in the journal", () => {
  test("a flipped bit is a fault, named with both its ends (ST-04)", async () => {
    const { location, entries } = await filledStore();
    await flipByte(await segmentIn(location), 40_000);
    const { store, found } = await open(location);
    const faults = found.kind === "open" ? found.faults : [];
    expect(found).toMatchObject({ hardState: HARD_STATE, last: positionOf(entries[39]!) });
    expect(faults.map(({ after, upTo }) => upTo.zxid - after.zxid)).toEqual([2]);
    const left = await readable(store);
    expect(left.map(({ chainHash }) => chainHash)).toEqual(
      entries
        .filter(({ zxid }) => zxid <= faults[0]!.after.zxid || zxid > faults[0]!.upTo.zxid)
        .map((one) => one.chainHash),
    );
    await store.close();
  });

  test("a journal that was lost is amnesia, with what the database holds (ST-06)", async () => {
    const { location } = await filledStore();
    await rm(join(location, "log"), { recursive: true });
    expect(await look(location)).toMatchObject({ hardState: { ...HARD_STATE, isAmnesiac: true }, last: START });
    expect(await look(location)).toMatchObject({ hardState: { isAmnesiac: true } });
  });

  test("one that was cut off below the watermark is amnesia, and goes on from there", async () => {
    const { location, entries } = await filledStore();
    await truncate(await segmentIn(location), 40_000);
    const { store, found } = await open(location);
    expect(found).toMatchObject({ hardState: { isAmnesiac: true }, faults: [], droppedTailCount: 0 });
    const last = found.kind === "open" ? found.last : START;
    expect(last.zxid).toBeLessThan(entries[39]!.zxid);
    const append = entries.filter(({ zxid }) => zxid > last.zxid);
    await store.write({ append });
    await store.close();
    expect(await look(location)).toMatchObject({ last: positionOf(entries[39]!), faults: [] });
  });

  test("a write that a crash has torn is left out, and counted (ST-03)", async () => {
    const { location, entries } = await filledStore();
    const store = createClassicLevelStorage({ location });
    await store.open();
    const sidecar = await readFile(join(location, "sidecar"));
    await store.write({ append: entriesAfter(entries[39]!, 2, 3000) });
    await store.close();
    // As it was before the write, and most of the write is there.
    await writeFile(join(location, "sidecar"), sidecar);
    const segment = await segmentIn(location);
    await truncate(segment, (await readFile(segment)).length - 1000);
    expect(await look(location)).toMatchObject({
      hardState: HARD_STATE,
      last: positionOf(entries[39]!),
      faults: [],
      droppedTailCount: 1,
    });
  });

  test.each([
    ["a directory", async (path: string) => mkdir(path)],
    ["a link that leads nowhere", async (path: string) => symlink("nowhere", path)],
  ])("%s in the place of a segment is refused by name, and none is touched", async (_, make) => {
    const { location } = await filledStore();
    await make(join(location, "log", "00000007-00000000.segment"));
    const before = await filesOf(join(location, "log"));
    expect(await refusal(location)).toMatchObject({
      code: "STORE_CORRUPT",
      message: expect.stringMatching(/00000007-00000000\.segment is no regular file/),
    });
    expect(await filesOf(join(location, "log"))).toEqual(before);
  });

  test.each([
    ["a file", "log", async (path: string) => writeFile(path, "something else")],
    ["a link that leads nowhere", "log", async (path: string) => symlink("nowhere", path)],
    ["a link that leads nowhere", "db", async (path: string) => symlink("nowhere", path)],
  ])("%s in the place of the directory %s is refused, and not taken for what was lost", async (_, name, make) => {
    const { location } = await filledStore();
    await rename(join(location, name), join(location, "elsewhere"));
    await make(join(location, name));
    const before = await readFile(join(location, "sidecar"));
    expect(await refusal(location)).toMatchObject({ code: "STORE_CORRUPT", message: expect.stringContaining(name) });
    expect(await readFile(join(location, "sidecar"))).toEqual(before);
    await rename(join(location, name), join(location, "other"));
    await rename(join(location, "elsewhere"), join(location, name));
    expect(await look(location)).toMatchObject({ hardState: HARD_STATE, faults: [] });
    // As the advice has it, where it does not come back.
    await rename(join(location, name), join(location, "elsewhere"));
    await make(join(location, name));
    await repair({ location }, "set-database-aside");
    expect(await look(location)).toMatchObject({ hardState: { isAmnesiac: true }, last: START, faults: [] });
    expect(await readdir(location)).toContain(`${name}.aside-1`);
  });

  test("a journal without a database and a sidecar is refused, and not taken for a blank store", async () => {
    const { location } = await filledStore();
    await rm(join(location, "db"), { recursive: true });
    await rm(join(location, "sidecar"));
    expect(await refusal(location)).toMatchObject({
      code: "STORE_CORRUPT",
      message: expect.stringContaining("journal"),
    });
  });

  test("one whose database is gone is put aside before the database is made anew", async () => {
    const { location } = await filledStore();
    await rm(join(location, "db"), { recursive: true });
    const { store, found } = await open(location);
    expect(found).toMatchObject({ hardState: { isAmnesiac: true }, last: START });
    await store.write({ hardState: HARD_STATE, append: entriesAfter(START, 1) });
    await store.close();
    expect((await readdir(location)).sort()).toEqual(["db", "log", "log.aside-1", "sidecar"]);
    expect(await look(location)).toMatchObject({ hardState: HARD_STATE, faults: [] });
  });
});

describe("damage on disk", () => {
  test("a flipped bit in the write-ahead log is a named fault (ST-04)", async () => {
    const { location, entries } = await filledStore(createOlderStorage);
    await flipByte(await fileIn(location, /\.log$/), 40_000);
    const { store, found } = await open(location);
    expect(found).toMatchObject({ kind: "open", last: positionOf(entries[39]!) });
    expect(found.kind === "open" && found.faults.length).toBe(1);
    expect(found).toMatchObject({ hardState: HARD_STATE });
    const left = await readable(store);
    expect(left.length).toBeLessThan(40);
    for (const entry of left) expect(entries.map(({ chainHash }) => chainHash)).toContain(entry.chainHash);
    await store.close();
  });

  test("a write-ahead log that was lost opens as an empty database: amnesia (ST-06)", async () => {
    const { location } = await filledStore(createOlderStorage);
    await rm(await fileIn(location, /\.log$/));
    expect(await look(location)).toMatchObject({ hardState: { ...HARD_STATE, isAmnesiac: true }, last: START });
    expect(await look(location)).toMatchObject({ hardState: { isAmnesiac: true } });
  });

  test("a write-ahead log that was cut off below the watermark is amnesia", async () => {
    const { location, entries } = await filledStore(createOlderStorage);
    await truncate(await fileIn(location, /\.log$/), 40_000);
    const found = await look(location);
    expect(found).toMatchObject({ hardState: { isAmnesiac: true }, faults: [] });
    expect(found.kind === "open" && found.last.zxid).toBeLessThan(entries[39]!.zxid);
  });

  test("a missing CURRENT is refused, and nothing is touched (ST-07)", async () => {
    const { location } = await filledStore();
    await rm(await fileIn(location, /^CURRENT$/));
    const before = await filesOf(location);
    expect(await refusal(location)).toMatchObject({
      code: "STORE_CORRUPT",
      message: expect.stringContaining("CURRENT"),
    });
    expect(await filesOf(location)).toEqual(before);
  });

  test.each([
    ["an empty CURRENT", /^CURRENT$/, async (path: string) => writeFile(path, "")],
    ["a missing MANIFEST", /^MANIFEST/, async (path: string) => rm(path)],
    ["an empty MANIFEST", /^MANIFEST/, async (path: string) => writeFile(path, "")],
    ["a MANIFEST with a flipped bit", /^MANIFEST/, async (path: string) => flipByte(path, 20)],
  ])("%s is refused by name (ST-08)", async (_, pattern, damage) => {
    const { location } = await filledStore();
    await damage(await fileIn(location, pattern));
    const before = await filesOf(location);
    expect(await refusal(location)).toMatchObject({ code: "STORE_CORRUPT" });
    expect(await filesOf(location)).toEqual(before);
  });

  test("a missing table is refused by name (ST-08)", async () => {
    const { location, entries } = await filledStore(createOlderStorage);
    const store = createOlderStorage({ location });
    await store.open();
    await fillTables(store, entries[39]!);
    await store.close();
    await look(location);
    await rm(await fileIn(location, /\.ldb$/));
    expect(await refusal(location)).toMatchObject({ code: "STORE_CORRUPT" });
  });

  test("flipped bits in a table never give other bytes (ST-09)", async () => {
    const { location, entries } = await filledStore(createOlderStorage);
    const store = createOlderStorage({ location });
    await store.open();
    const all = [...entries, ...(await fillTables(store, entries[39]!))];
    await store.close();
    const table = await fileIn(location, /\.ldb$/);
    for (const at of [1000, 40_000, 300_000]) await flipByte(table, at);
    const damaged = createClassicLevelStorage({ location });
    const found = await damaged.open();
    expect(found).toMatchObject({ kind: "open", last: positionOf(all.at(-1)!) });
    expect(found.kind === "open" && found.faults.length).toBeGreaterThan(0);
    const left = await readable(damaged);
    const known = new Map(all.map((entry) => [entry.zxid, entry.chainHash]));
    for (const { zxid, chainHash } of left) expect(chainHash).toBe(known.get(zxid));
    await damaged.close();
  });

  test("a missing sidecar, and a damaged one, are amnesia", async () => {
    const { location } = await filledStore();
    const sidecar = join(location, "sidecar");
    const sound = await readFile(sidecar);
    await writeFile(sidecar, Buffer.alloc(sound.length, 7));
    expect(await look(location)).toMatchObject({ hardState: { ...HARD_STATE, isAmnesiac: true } });
    await rm(sidecar);
    const { store, found } = await open(location);
    expect(found).toMatchObject({ hardState: { ...HARD_STATE, isAmnesiac: true } });
    await store.write({ hardState: HARD_STATE });
    await store.close();
    expect(await look(location)).toMatchObject({ hardState: HARD_STATE });
  });

  test("one torn slot of the sidecar is no loss", async () => {
    const { location, entries } = await filledStore();
    for (const slot of [0, 1]) {
      const sidecar = join(location, "sidecar");
      const sound = await readFile(sidecar);
      await flipByte(sidecar, slot * 4096 + 30);
      expect(await look(location)).toMatchObject({ hardState: HARD_STATE, last: positionOf(entries[39]!) });
      await writeFile(sidecar, sound);
    }
  });

  test("another peer's database is foreign (ST-24)", async () => {
    const [one, other] = [await filledStore(), await filledStore()];
    const { store } = await open(other.location);
    await store.write({ hardState: { ...HARD_STATE, clusterId: "elsewhere" } });
    await store.close();
    await writeFile(join(one.location, "sidecar"), await readFile(join(other.location, "sidecar")));
    const before = await filesOf(one.location);
    expect(await refusal(one.location)).toMatchObject({ code: "STORE_FOREIGN" });
    expect(Object.keys(await filesOf(one.location))).toContain(join(one.location, "db", "CURRENT"));
    expect((await filesOf(one.location))[join(one.location, "sidecar")]).toBe(before[join(one.location, "sidecar")]);
  });

  test("a creation that did not come about leaves a blank store, which is created again", async () => {
    const { location } = await filledStore();
    const made = createClassicLevelStorage({ location: await createLocation() });
    await made.open();
    await made.close();
    // What stands while a store is created: the sidecar says so, and LevelDB is half there.
    const { encodeSlot } = await import("../../storage-level/src/sidecar/slots.ts");
    const slot = encodeSlot({ number: 1, content: { kind: "creating" } });
    await writeFile(join(location, "sidecar"), Buffer.concat([slot, Buffer.alloc(4096)]));
    await rm(await fileIn(location, /\.log$/));
    for (const remains of ["whole", "no CURRENT", "torn MANIFEST"]) {
      if (remains === "no CURRENT") await rm(await fileIn(location, /^CURRENT$/));
      if (remains === "torn MANIFEST") {
        await writeFile(join(location, "db", "MANIFEST-000009"), "torn");
        await writeFile(join(location, "db", "CURRENT"), "MANIFEST-000009\n");
      }
      expect([remains, await look(location)]).toEqual([remains, { kind: "blank" }]);
    }
    const { store } = await open(location);
    await store.write({ hardState: HARD_STATE });
    await store.close();
    expect(await look(location)).toMatchObject({ kind: "open", hardState: HARD_STATE });
  });
});
