import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chainHash, type LogEntry, type Zxid } from "@coterie/interface";
import { createClassicLevelStorage, doctor, repair } from "@coterie/storage-classic-level";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crc32c, maskedCrc } from "../src/tables/crc32c.ts";
import { internalKey, u32, varint } from "./support/blocks.ts";
import {
  ALL,
  copyStore,
  createLocation,
  createOlderStorage,
  entriesAfter,
  fileIn,
  filesOf,
  HARD_STATE,
  removeLocationsAfterEach,
  START,
} from "./support/stores.ts";
import { partsOf, type Range, type TablePart } from "./support/table-parts.ts";

removeLocationsAfterEach();

interface Tabled {
  readonly location: string;
  readonly entries: readonly LogEntry[];
}

let folder = "";
let original: Tabled = { location: "", entries: [] };

/** A closed store of an older version, whose entries are all in a table, since each opening makes one of the write-ahead log. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coterie-tabled-"));
  const location = join(folder, "store");
  const store = createOlderStorage({ location });
  await store.open();
  const noise = entriesAfter(START, 200, 300);
  // One that packs well.
  const [zxid, bytes] = [(noise.at(-1)!.zxid + 1) as Zxid, Buffer.alloc(50_000, "text ")];
  const text = { zxid, tag: 1, bytes, chainHash: chainHash(noise.at(-1)!.chainHash, zxid, 1, bytes) };
  await store.write({ hardState: HARD_STATE });
  for (let from = 0; from < 200; from += 4) await store.write({ append: noise.slice(from, from + 4) });
  await store.write({ append: [text] });
  await store.close();
  await store.open();
  await store.close();
  original = { location, entries: [...noise, text] };
});

afterAll(async () => rm(folder, { recursive: true, force: true }));

async function tabledStore(): Promise<Tabled> {
  return { ...original, location: await copyStore(original.location) };
}

type Change = (bytes: Buffer, part: (name: TablePart) => readonly Range[]) => void;

async function changeTable(location: string, change: Change): Promise<string> {
  const path = await fileIn(location, /\.ldb$/);
  const bytes = await readFile(path);
  const parts = partsOf(bytes);
  change(bytes, (name) => parts.get(name)!);
  await writeFile(path, bytes);
  return basename(path);
}

/** In the middle of the table: it comes behind all others then. */
const raiseKey: Change = (bytes, part) => {
  const keys = part("key");
  bytes[keys[keys.length >> 1]![0]]! ^= 0x80;
};

async function opening(location: string): Promise<string> {
  const store = createClassicLevelStorage({ location });
  try {
    const found = await store.open();
    return found.kind === "open" && found.faults.length > 0 ? "faulty" : found.kind;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  } finally {
    await store.close();
  }
}

describe("a table with a key that is not in its place", () => {
  test("is refused by its name, and nothing is changed", async () => {
    const { location } = await tabledStore();
    const file = await changeTable(location, raiseKey);
    const before = await filesOf(location);
    const words = await opening(location);
    expect(words).toMatch(/^STORE_CORRUPT: the database in .* is damaged: .* rebuild-database/);
    expect(words).toMatch(new RegExp(`${file}: the block at \\d+ `));
    for (const action of ["mark-amnesiac", "cut-faults"] as const)
      await expect(repair({ location }, action)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    expect(await filesOf(location)).toEqual(before);
  });

  test("is what the doctor says, of the store and not of its copy", async () => {
    const { location } = await tabledStore();
    await changeTable(location, raiseKey);
    const report = await doctor({ location });
    expect(report).toMatchObject({ kind: "refused", error: { code: "STORE_CORRUPT" } });
    expect(report.kind === "refused" && report.error.message).toContain(`the database in ${join(location, "db")} `);
  });

  test("costs its block alone once the database is rebuilt", async () => {
    const { location, entries } = await tabledStore();
    const file = await changeTable(location, raiseKey);
    const before = await readFile(join(location, "db", file));
    await repair({ location }, "rebuild-database");
    expect(await readFile(join(location, "db.aside-1", file))).toEqual(before);
    const store = createClassicLevelStorage({ location });
    const found = await store.open();
    const last = { zxid: entries.at(-1)!.zxid, chainHash: entries.at(-1)!.chainHash };
    expect(found).toMatchObject({ hardState: { ...HARD_STATE, isAmnesiac: true }, last });
    const faults = found.kind === "open" ? found.faults : [];
    expect(faults).toHaveLength(1);
    const { after, upTo } = faults[0]!;
    expect(upTo.zxid - after.zxid).toBeLessThan(40);
    const reading = await store.read({ after: upTo.zxid, upTo: ALL.upTo }, 2 ** 24);
    const behind = entries.filter(({ zxid }) => zxid > upTo.zxid).map((entry) => entry.chainHash);
    expect(reading.kind === "entries" && reading.entries.map((entry) => entry.chainHash)).toEqual(behind);
    await store.close();
    expect(await doctor({ location })).toMatchObject({ kind: "standing", hasDamagedBlocks: false });
  });

  test("lets the database be put aside", async () => {
    const { location } = await tabledStore();
    await changeTable(location, raiseKey);
    await repair({ location }, "set-database-aside");
    const store = createClassicLevelStorage({ location });
    const amnesiac = { ...HARD_STATE, isAmnesiac: true };
    expect(await store.open()).toMatchObject({ hardState: amnesiac, last: START, faults: [] });
    await store.close();
    expect(await readdir(location)).toContain("db.aside-1");
  });

  test("is no reason to touch a store that another process had opened before", async () => {
    const { location } = await tabledStore();
    const store = createClassicLevelStorage({ location });
    await store.open();
    await changeTable(location, raiseKey);
    const names = await readdir(location);
    const script = fileURLToPath(new URL("support/ask.mjs", import.meta.url));
    for (const what of ["open", "rebuild-database", "set-database-aside"]) {
      const { stdout } = await promisify(execFile)(process.execPath, [script, what, location]);
      expect([what, stdout]).toEqual([what, "STORE_LOCKED"]);
    }
    expect(await readdir(location)).toEqual(names);
    await store.close();
  });
});

describe("other damage in a table", () => {
  const at = (name: TablePart, change: (bytes: Buffer, from: number, end: number) => void): Change => {
    return (bytes, part) => change(bytes, ...part(name)[part(name).length >> 1]!);
  };

  test.each<[string, Change]>([
    ["sizes of an entry", at("sizes of an entry", (bytes, from) => (bytes[from]! ^= 0x80))],
    ["restart points", at("restart points", (bytes, from) => (bytes[from]! ^= 1))],
    ["an unknown kind", at("number and kind of a write", (bytes, from) => (bytes[from]! ^= 4))],
    ["a key in the index", at("index", (bytes, from) => (bytes[from + 4]! ^= 0x80))],
    ["a filter", at("filter", (bytes, from) => (bytes[from]! ^= 1))],
    ["what says where the filter is", at("list of filters", (bytes, from) => (bytes[from + 2]! ^= 1))],
    ["what says where the index is", at("footer", (bytes, from) => (bytes[from]! ^= 1))],
  ])("is refused, and can be rebuilt: %s", async (_, change) => {
    const { location } = await tabledStore();
    const file = await changeTable(location, change);
    expect(await opening(location)).toMatch(new RegExp(`^STORE_CORRUPT: .*${file}`));
    await repair({ location }, "rebuild-database");
    expect(await opening(location)).toMatch(/^(open|faulty)$/);
  });

  test.each<[string, Change, string]>([
    ["a value", at("value", (bytes, from) => (bytes[from + 40]! ^= 1)), "faulty"],
    ["the sort of a block", at("sort of a block", (bytes, from) => (bytes[from] = 77)), "faulty"],
    ["a checksum", at("checksum of a block", (bytes, from) => (bytes[from]! ^= 1)), "open"],
  ])("that is found by those who read is left to them: %s", async (_, change, outcome) => {
    const { location } = await tabledStore();
    await changeTable(location, change);
    expect(await opening(location)).toBe(outcome);
  });

  test("a block that says that it holds more than there is memory for is refused", async () => {
    const { location } = await tabledStore();
    await changeTable(location, (bytes, part) => {
      const [from] = part("packed block")[0]!;
      bytes.set([0xff, 0xff, 0xff, 0xff, 0x0f], from);
    });
    expect(await opening(location)).toMatch(/^STORE_CORRUPT: .* says that it holds 4294967295 bytes/);
    await repair({ location }, "rebuild-database");
    expect(await opening(location)).toMatch(/^(open|faulty)$/);
  });

  test("a packed block with a key out of its place is refused", async () => {
    const { location } = await tabledStore();
    await changeTable(location, (bytes, part) => {
      const [from, end] = part("packed block")[0]!;
      // What packs nothing stands there as it is: the first entry's sizes and key.
      const keyAt = bytes.subarray(from, end).indexOf("l");
      expect(keyAt).toBeLessThan(20);
      bytes[from + keyAt]! ^= 0x80;
    });
    expect(await opening(location)).toMatch(
      /^STORE_CORRUPT: .*: the block at \d+ (has keys that are out of order|ends)/,
    );
  });

  test("a table that was cut short is refused by its name", async () => {
    const { location } = await tabledStore();
    const path = await fileIn(location, /\.ldb$/);
    await truncate(path, 5000);
    expect(await opening(location)).toMatch(/^STORE_CORRUPT: .*\.ldb has 5000 bytes, and its MANIFEST says \d+\./);
    await repair({ location }, "rebuild-database");
    expect(await opening(location)).toBe("open");
  });

  test("a sound table in the place of another one is refused", async () => {
    const { location } = await tabledStore();
    const path = await fileIn(location, /\.ldb$/);
    const [number, { size }] = [numberOf(path), await stat(path)];
    const range = [...prefixed(internalKey("zy", 9)), ...prefixed(internalKey("zz", 1))];
    // The table is another one than it was, as far as its MANIFEST knows.
    const edit = [6, 0, ...varint(number), 7, 0, ...varint(number), ...varint(size), ...range];
    await appendEdit(await fileIn(location, /^MANIFEST/), edit);
    expect(await opening(location)).toMatch(/^STORE_CORRUPT: .*\.ldb is not the table that its MANIFEST describes/);
  });
});

describe("damage in what names the tables", () => {
  test("tables that overlap are refused", async () => {
    const { location } = await tabledStore();
    const table = numberOf(await fileIn(location, /\.ldb$/));
    const range = [...prefixed(internalKey("a", 9)), ...prefixed(internalKey("z", 1))];
    for (const number of [table + 50, table + 51])
      await appendEdit(await fileIn(location, /^MANIFEST/), [7, 1, ...varint(number), ...varint(1000), ...range]);
    expect(await opening(location)).toMatch(/^STORE_CORRUPT: .* MANIFEST-\d+ lists tables that overlap/);
    await repair({ location }, "rebuild-database");
    expect(await opening(location)).toBe("open");
  });

  test("a MANIFEST with a hole, over which LevelDB would step, is refused", async () => {
    const { location } = await tabledStore();
    const path = await fileIn(location, /^MANIFEST/);
    const manifest = await readFile(path);
    const hole = Buffer.concat([manifest, Buffer.alloc(32_768 - manifest.length)]);
    await writeFile(path, hole);
    expect(await opening(location)).toBe("open");

    const again = await tabledStore();
    const other = await fileIn(again.location, /^MANIFEST/);
    const bytes = await readFile(other);
    await writeFile(other, Buffer.concat([bytes, Buffer.alloc(32_768 - bytes.length)]));
    await appendEdit(other, [4, ...varint(1000)]);
    expect(await opening(again.location)).toMatch(/^STORE_CORRUPT: .* MANIFEST-\d+ has a hole in its middle/);
  });

  test("a CURRENT that names something else is refused", async () => {
    const { location } = await tabledStore();
    await writeFile(await fileIn(location, /^CURRENT$/), "../db/MANIFEST-000005\n");
    expect(await opening(location)).toMatch(/^STORE_CORRUPT: .* CURRENT does not name a MANIFEST/);
  });
});

test("a write that meets another one in a damaged log does not end the process that rebuilds the database", async () => {
  const location = await createLocation();
  const store = createClassicLevelStorage({ location });
  await store.open();
  await store.write({ hardState: HARD_STATE });
  for (let count = 0; count < 4; count++) await store.write({ notes: Buffer.from(`notes ${count}`) });
  await store.close();
  const path = await fileIn(location, /\.log$/);
  const log = await readFile(path);
  const batches: number[] = [];
  for (let at = 0; at < log.length; at += 7 + log.readUInt16LE(at + 4)) batches.push(at + 7);
  // The last two write the same keys; now also with the same numbers. LevelDB's own repair looks at no checksum.
  log.copyWithin(batches.at(-1)!, batches.at(-2)!, batches.at(-2)! + 8);
  await writeFile(path, log);
  const alone = await copyStore(location);
  if (process.platform === "linux") expect(await repairAlone(join(alone, "db"))).toMatch(/^SIGABRT/);
  await repair({ location }, "rebuild-database");
  expect(await opening(location)).toBe("open");
  expect(await readdir(location)).toContain("db.aside-1");
});

/** How a process ends that lets LevelDB repair a directory. */
async function repairAlone(directory: string): Promise<string> {
  const module = fileURLToPath(import.meta.resolve("classic-level"));
  const program = `require(${JSON.stringify(module)}).ClassicLevel.repair(${JSON.stringify(directory)})`;
  return promisify(execFile)(process.execPath, ["-e", program]).then(
    () => "done",
    (error: { signal?: string; message: string }) => `${error.signal} ${error.message}`,
  );
}

function numberOf(path: string): number {
  return Number(/(\d+)\.ldb$/.exec(path)![1]);
}

function prefixed(bytes: Uint8Array): number[] {
  return [...varint(bytes.length), ...bytes];
}

/** One more change behind those that are there, as LevelDB writes it. */
async function appendEdit(manifest: string, edit: readonly number[]): Promise<void> {
  const piece = Buffer.from([1, ...edit]);
  const head = Buffer.concat([u32(maskedCrc(crc32c(piece, 0, piece.length))), Buffer.from([edit.length, 0])]);
  await writeFile(manifest, Buffer.concat([await readFile(manifest), head, piece]));
}
