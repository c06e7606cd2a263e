import { describe, expect, test } from "vitest";
import type { LogEntry, LogStorage, Zxid } from "@coterie/interface";
import { STORAGE_LIMITS } from "@coterie/storage-level";
import { parseLogKey, parsePageKey } from "../src/format/keys.ts";
import { contentsOf } from "./support/damages.ts";
import { entries, entryAfter, HARD_STATE, page, plain, positionOf, START, zxid } from "./support/log.ts";
import { createMedium, type Medium, storeOn } from "./support/memory-store.ts";

const ALL = { after: START.zxid, upTo: zxid(9, 0) };

async function begin(log: readonly LogEntry[]): Promise<{ readonly medium: Medium; readonly store: LogStorage }> {
  const medium = createMedium();
  const store = storeOn(medium);
  await store.open();
  await store.write({ hardState: HARD_STATE });
  for (const entry of log) await store.write({ append: [entry] });
  return { medium, store };
}

async function checkpoint(
  store: LogStorage,
  at: LogEntry,
  text: string,
  kind: "full" | "delta" = "full",
): Promise<void> {
  await store.addPages([page(text)]);
  await store.write({ checkpoint: { kind, ...positionOf(at), digest: text, pageCount: 1 } });
}

async function countOf({ place }: Medium, parse: (key: Uint8Array) => unknown): Promise<number> {
  return (await contentsOf(place.database!)).filter(([key]) => parse(key) !== null).length;
}

describe("calls that run side by side", () => {
  test("a reading that has begun is not disturbed by a purge (ST-27)", async () => {
    const log = entries(START, 1, 1, 300);
    const { medium, store } = await begin(log);
    await checkpoint(store, log[299]!, "all");
    const reading = store.read(ALL, 1e9);
    const purging = store.purge(log[249]!.zxid);
    const found = await reading;
    expect(found.kind === "entries" && plain(found.entries)).toEqual(plain(log));
    expect(await purging).toEqual(positionOf(log[249]!));
    expect(await store.read(ALL, 1e9)).toEqual({ kind: "purged", base: positionOf(log[249]!) });
    await store.close();
    expect(await countOf(medium, parseLogKey)).toBeLessThanOrEqual(300);
  });

  test("readings beside writes that change the layout see one moment, never a fault", async () => {
    let log = entries(START, 1, 1, 40);
    const { store } = await begin(log);
    const readings: Promise<unknown>[] = [];
    for (let round = 2; round < 30; round++) {
      const kept = log.slice(0, 38);
      const append = entries(kept.at(-1)!, round, 1, 2);
      const writing = store.write({ truncateAfter: kept.at(-1)!.zxid, append });
      for (const after of [START.zxid, log[36]!.zxid])
        readings.push(store.read({ ...ALL, after, upTo: zxid(99, 0) }, 1e9));
      await writing;
      log = [...kept, ...append];
    }
    for (const found of await Promise.all(readings)) expect(found).toMatchObject({ kind: "entries" });
    await store.close();
  });

  test("pages stay for a reader through new checkpoints, and are deleted when it is closed", async () => {
    const log = entries(START, 1, 1, 5);
    const { medium, store } = await begin(log);
    await checkpoint(store, log[0]!, "one");
    const reader = await store.openCheckpoint();
    for (const [index, text] of ["two", "three", "four"].entries()) await checkpoint(store, log[index + 1]!, text);
    expect((await reader!.read(0, 100)).map(String)).toEqual(["one"]);
    await reader!.close();
    await expect(reader!.read(0, 100)).rejects.toMatchObject({ code: "STORE_CLOSED" });
    await checkpoint(store, log[4]!, "five", "delta");
    await store.close();
    const again = storeOn(medium);
    expect(await again.open()).toMatchObject({ checkpoint: { pageCount: 2, baseSizeBytes: 4, deltasSizeBytes: 4 } });
    await again.write({ notes: new Uint8Array(1) });
    const second = await again.openCheckpoint();
    expect((await second!.read(0, 100)).map(String)).toEqual(["four", "five"]);
    await again.close();
    expect(await countOf(medium, parsePageKey)).toBe(2);
  });

  test("a closed store deletes what is garbage with its next write, not when it is opened", async () => {
    const log = entries(START, 1, 1, 3);
    const { medium, store } = await begin(log);
    await store.addPages([Buffer.alloc(STORAGE_LIMITS.draftBufferMaxBytes), page("a draft that nobody marks")]);
    await store.close();
    expect(await countOf(medium, parsePageKey)).toBe(2);
    await store.open();
    expect(await countOf(medium, parsePageKey)).toBe(2);
    await store.write({ notes: new Uint8Array(1) });
    await store.purge(0 as Zxid);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    await store.close();
    expect(await countOf(medium, parsePageKey)).toBe(0);
  });
});

describe("large batches", () => {
  test("are cut into records, and are one batch all the same", async () => {
    const { medium, store } = await begin([]);
    const log: LogEntry[] = [];
    for (let index = 1; index <= 10; index++) {
      log.push(entryAfter(log.at(-1) ?? START, zxid(1, index), Buffer.alloc(300_000, index)));
    }
    const writing = store.write({ append: log });
    let turns = 0;
    const count = (): void => {
      turns++;
      setImmediate(count).unref();
    };
    setImmediate(count).unref();
    await writing;
    expect(turns).toBeGreaterThan(1);
    await store.close();
    expect(await countOf(medium, parseLogKey)).toBe(4);
    expect(await store.open()).toMatchObject({ last: positionOf(log[9]!), faults: [] });
    const found = await store.read(ALL, 700_000);
    expect(found.kind === "entries" && found.entries.map(({ zxid: at }) => at)).toEqual([log[0]!.zxid, log[1]!.zxid]);
    await store.close();
  });

  test("an entry that is larger than a record has one of its own", async () => {
    const { medium, store } = await begin([]);
    const large = entryAfter(START, zxid(1, 1), Buffer.alloc(3 * STORAGE_LIMITS.recordSizeMaxBytes, 1));
    const small = entryAfter(large, zxid(1, 2));
    await store.write({ append: [large, small] });
    await store.close();
    expect(await countOf(medium, parseLogKey)).toBe(2);
    expect(await store.open()).toMatchObject({ last: positionOf(small), faults: [] });
    await store.close();
  });
});
