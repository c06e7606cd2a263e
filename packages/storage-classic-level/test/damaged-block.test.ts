import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import {
  chainHash,
  createZxid,
  type LogEntry,
  type LogFault,
  type LogPosition,
  type LogStorage,
  type Zxid,
} from "@coterie/interface";
import { createClassicLevelStorage, doctor, repair } from "@coterie/storage-classic-level";
import {
  ALL,
  createLocation,
  createOlderStorage,
  fileIn,
  HARD_STATE,
  removeLocationsAfterEach,
  START,
} from "./support/stores.ts";

// Snappy, and what compresses well: of such a block one byte is enough, and LevelDB reads none of its records.

removeLocationsAfterEach();

function textsAfter(before: LogPosition, count: number): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let at = before; entries.length < count;) {
    const zxid = (at.zxid === 0 ? createZxid(1, 1) : at.zxid + 1) as Zxid;
    const bytes = Buffer.from(`set /config/service-${zxid} {"replicas":3} `.repeat(3));
    const entry = { zxid, tag: 1, bytes, chainHash: chainHash(at.chainHash, zxid, 1, bytes) };
    entries.push(entry);
    at = entry;
  }
  return entries;
}

interface Damaged {
  readonly location: string;
  readonly entries: readonly LogEntry[];
  readonly fault: LogFault;
}

/** A closed store of an older version, with 240 entries and a checkpoint behind the 200th, and a block below that cannot be read. */
async function damagedStore(): Promise<Damaged> {
  const location = await createLocation();
  const store = createOlderStorage({ location });
  await store.open();
  const entries = textsAfter(START, 240);
  for (let from = 0; from < 240; from += 4) {
    const append = entries.slice(from, from + 4);
    await store.write({ ...(from === 0 ? { hardState: HARD_STATE } : {}), append, committed: append[3]!.zxid });
  }
  await store.addPages([new Uint8Array(100)]);
  const { zxid, chainHash: hash } = entries[199]!;
  await store.write({ checkpoint: { kind: "full", zxid, chainHash: hash, digest: "d", pageCount: 1 } });
  await store.close();
  // LevelDB makes a table of its write-ahead log.
  await store.open();
  await store.close();
  const table = await fileIn(location, /\.ldb$/);
  const bytes = await readFile(table);
  const third = Math.floor(bytes.length / 3);
  bytes.fill(0xff, third, third + 40);
  await writeFile(table, bytes);
  const report = await doctor({ location });
  if (report.kind !== "standing") throw new Error("the damage is of another kind");
  expect(report).toMatchObject({ hasDamagedBlocks: true, amnesia: [], found: { last: { zxid: entries[239]!.zxid } } });
  const { faults } = report.found;
  expect(faults).toHaveLength(1);
  expect(faults[0]!.upTo.zxid).toBeLessThan(entries[199]!.zxid);
  return { location, entries, fault: faults[0]! };
}

/**
 * Opens the store, does something to it, and writes twice; then once more in another life. All of that has to hold. Each
 * life leaves a table, and of four LevelDB would make one, at some time, and fail: so there are not many.
 */
async function livesOn(
  { location, entries }: Damaged,
  work: (store: LogStorage) => Promise<LogPosition>,
  lives: number = 2,
): Promise<void> {
  const log = [...entries];
  const store = createClassicLevelStorage({ location });
  await store.open();
  const base = await work(store);
  for (let life = 1; life <= lives; life++) {
    for (let count = 1; count <= 2; count++) {
      const append = textsAfter(log.at(-1)!, 1);
      await store.write({ append, committed: append[0]!.zxid });
      log.push(...append);
    }
    await store.close();
    const last = { zxid: log.at(-1)!.zxid, chainHash: log.at(-1)!.chainHash };
    expect(await store.open()).toMatchObject({ hardState: HARD_STATE, base, last, faults: [] });
    const reading = await store.read({ after: base.zxid, upTo: ALL.upTo }, 2 ** 24);
    const expected = log.filter(({ zxid }) => zxid > base.zxid).map((entry) => entry.chainHash);
    expect(reading.kind === "entries" && reading.entries.map((entry) => entry.chainHash)).toEqual(expected);
  }
  await store.close();
}

describe("a block that LevelDB cannot read", () => {
  test("is mended with the entries of other peers", async () => {
    const damaged = await damagedStore();
    await livesOn(damaged, async (store) => {
      const { after, upTo } = damaged.fault;
      const missing = damaged.entries.filter(({ zxid }) => zxid > after.zxid && zxid <= upTo.zxid);
      await store.write({ repair: missing.slice(0, 5) });
      await store.write({ repair: missing.slice(5) });
      return START;
    });
    expect(await doctor({ location: damaged.location })).toMatchObject({ losses: [], hasDamagedBlocks: true });
  });

  test("may be purged; what is left of it is swept over", async () => {
    const damaged = await damagedStore();
    await livesOn(damaged, async (store) => store.purge(damaged.entries[199]!.zxid));
    expect(await doctor({ location: damaged.location })).toMatchObject({ losses: [], hasDamagedBlocks: true });
  });

  test("may lie below another peer's checkpoint", async () => {
    const damaged = await damagedStore();
    await livesOn(damaged, async (store) => {
      const { zxid, chainHash: hash } = damaged.entries[199]!;
      await store.addPages([new Uint8Array(9)]);
      await store.write({ checkpoint: { kind: "covering", zxid, chainHash: hash, digest: "e", pageCount: 1 } });
      return { zxid, chainHash: hash };
    });
    expect(await doctor({ location: damaged.location })).toMatchObject({ losses: [], hasDamagedBlocks: true });
  });

  test("may be cut off, and what comes instead holds", async () => {
    const damaged = await damagedStore();
    const { location, fault } = damaged;
    await repair({ location }, "cut-faults");
    const store = createClassicLevelStorage({ location });
    const found = await store.open();
    expect(found).toMatchObject({ hardState: { isAmnesiac: true }, faults: [] });
    expect(found.kind === "open" && found.base.zxid).toBeGreaterThan(fault.upTo.zxid);
    await store.write({ hardState: HARD_STATE });
    await store.close();
    await livesOn(damaged, async () => (found.kind === "open" ? found.base : START), 1);
  });

  test("is gone once the database is rebuilt", async () => {
    const damaged = await damagedStore();
    await repair({ location: damaged.location }, "rebuild-database");
    expect(await doctor({ location: damaged.location })).toMatchObject({
      found: { faults: [damaged.fault], last: { zxid: damaged.entries[239]!.zxid } },
      amnesia: ["recorded"],
      hasDamagedBlocks: false,
    });
  });
});
