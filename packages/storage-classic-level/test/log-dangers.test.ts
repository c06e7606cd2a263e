import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createClassicLevelStorage, doctor, repair } from "@coterie/storage-classic-level";
import { expect, test } from "vitest";
import {
  entriesAfter,
  fileIn,
  filesOf,
  filledStore,
  HARD_STATE,
  removeLocationsAfterEach,
  START,
  createLocation,
  createOlderStorage,
} from "./support/stores.ts";

removeLocationsAfterEach();

const BLOCK_BYTES = 32_768;

/** Some ten blocks of small writes, all in LevelDB's log, where an older version has put them. */
async function loggedStore(): Promise<string> {
  const location = await createLocation();
  const store = createOlderStorage({ location });
  await store.open();
  await store.write({ hardState: HARD_STATE });
  const entries = entriesAfter(START, 300, 1000);
  for (let from = 0; from < 300; from += 2) {
    await store.write({ append: entries.slice(from, from + 2), committed: entries[from]!.zxid });
  }
  await store.close();
  return location;
}

async function copyBlock(location: string, from: number, to: number): Promise<void> {
  const path = await fileIn(location, /\.log$/);
  const log = await readFile(path);
  expect(log.length).toBeGreaterThan((Math.max(from, to) + 1) * BLOCK_BYTES);
  log.copyWithin(to * BLOCK_BYTES, from * BLOCK_BYTES, (from + 1) * BLOCK_BYTES);
  await writeFile(path, log);
}

async function opening(location: string): Promise<string> {
  const store = createClassicLevelStorage({ location });
  try {
    return (await store.open()).kind;
  } catch (error) {
    return String(error);
  } finally {
    await store.close();
  }
}

const PLACES: readonly (readonly [number, number])[] = [
  [3, 4],
  [2, 7],
  [7, 2],
];

test.each(PLACES)(
  "a log with block %i stored again as block %i is refused, and nothing is changed",
  async (from, to) => {
    const location = await loggedStore();
    await copyBlock(location, from, to);
    const before = await filesOf(location);
    expect(await opening(location)).toMatch(/\.log: the write at \d+ has number \d+, and what comes before it reaches/);
    expect(await doctor({ location })).toMatchObject({ kind: "refused", error: { code: "STORE_CORRUPT" } });
    for (const action of ["mark-amnesiac", "cut-faults"] as const) {
      await expect(repair({ location }, action)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    }
    expect(await filesOf(location)).toEqual(before);
  },
);

test.each(PLACES)("a log with block %i stored again as block %i can be rebuilt, or put aside", async (from, to) => {
  for (const action of ["rebuild-database", "set-database-aside"] as const) {
    const location = await loggedStore();
    await copyBlock(location, from, to);
    await repair({ location }, action);
    expect(await opening(location)).toBe("open");
    expect(await readdir(location)).toContain("db.aside-1");
  }
});

test("a block of the MANIFEST in the log's place is refused", async () => {
  const location = await loggedStore();
  const [path, manifest] = [await fileIn(location, /\.log$/), await readFile(await fileIn(location, /^MANIFEST/))];
  const log = await readFile(path);
  manifest.copy(log, BLOCK_BYTES);
  await writeFile(path, log);
  expect(await opening(location)).toMatch(/\.log: the write at 32768 has a number that no write reaches/);
});

test("links to files are files, whether of CURRENT alone or of all", async () => {
  for (const pattern of [/^CURRENT$/, /./]) {
    const { location, entries } = await filledStore();
    const [database, real] = [join(location, "db"), join(location, "real")];
    await mkdir(real);
    for (const name of (await readdir(database)).filter((found) => pattern.test(found))) {
      await rename(join(database, name), join(real, name));
      await symlink(join("..", "real", name), join(database, name));
    }
    const store = createClassicLevelStorage({ location });
    const amnesiac = { isAmnesiac: false };
    expect(await store.open()).toMatchObject({ hardState: amnesiac, last: { zxid: entries.at(-1)!.zxid } });
    await store.close();
  }
});

test("a link that leads nowhere is no empty place", async () => {
  const { location } = await filledStore();
  const database = join(location, "db");
  for (const name of await readdir(database)) {
    await rm(join(database, name));
    if (name === "CURRENT") await symlink("nowhere", join(database, name));
  }
  expect(await opening(location)).toMatch(/^CoterieError: /);
});

test("a MANIFEST that ends in very much of nothing is refused by its name", async () => {
  const { location } = await filledStore();
  await truncate(await fileIn(location, /^MANIFEST/), 2 ** 30);
  expect(await opening(location)).toMatch(/MANIFEST-\d+ ends in more than 67108864 bytes of nothing/);
});

test.skipIf(process.platform === "win32").each([/\.log$/, /^MANIFEST/, /^CURRENT$/])(
  "a pipe in place of a file is refused, and waited for by nobody: %s",
  async (pattern) => {
    const { location } = await filledStore();
    const path = await fileIn(location, pattern);
    await rm(path);
    await promisify(execFile)("mkfifo", [path]);
    expect(await opening(location)).toMatch(/is no regular file/);
    await expect(doctor({ location })).rejects.toThrow(/is no regular file/);
    await repair({ location }, "set-database-aside");
    expect(await opening(location)).toBe("open");
  },
);
