import { describe, expect, test } from "vitest";
import type { LogEntry, LogPosition, LogStorage } from "@coterie/interface";
import { examineStore } from "@coterie/storage-level";
import { parseLogKey, parsePageKey } from "../src/format/keys.ts";
import { contentsOf, mendMedium } from "./support/damages.ts";
import { entries, HARD_STATE, page, plain, positionOf, START, zxid } from "./support/log.ts";
import { createMedium, type Medium, storeOn } from "./support/memory-store.ts";

const CORRUPTION = Object.assign(new Error("Corruption: block checksum mismatch"), { code: "LEVEL_CORRUPTION" });

interface Filled {
  readonly medium: Medium;
  readonly store: LogStorage;
  readonly log: readonly LogEntry[];
}

/** Ten entries in five records, three of which a checkpoint has made garbage as soon as they are purged. */
async function filled(): Promise<Filled> {
  const medium = createMedium();
  const store = storeOn(medium);
  await store.open();
  const log = entries(START, 1, 1, 10);
  await store.write({ hardState: HARD_STATE });
  for (let from = 0; from < 10; from += 2) await store.write({ append: log.slice(from, from + 2) });
  await store.addPages([page("a"), page("b")]);
  const mark = { kind: "full", ...positionOf(log[7]!), digest: "d", pageCount: 2 } as const;
  await store.write({ checkpoint: mark, committed: log[7]!.zxid });
  return { medium, store, log };
}

/** From now on the database stops in front of these keys, as LevelDB does in front of a block that it cannot read. */
function hideBlock({ place }: Medium, isHidden: (key: Uint8Array) => boolean): void {
  const database = place.database!;
  const keys = database.keys.bind(database) as (options: object) => { all(): Promise<Uint8Array[]> };
  const iterator = database.iterator.bind(database) as (options: object) => {
    nextv(count: number): Promise<[Uint8Array, Uint8Array][]>;
  };
  const all = async (options: object): Promise<Uint8Array[]> => {
    const found = await keys(options).all();
    if (found.some(isHidden)) throw CORRUPTION;
    return found;
  };
  const stopping = (options: object): object => {
    const made = iterator(options);
    const nextv = made.nextv.bind(made);
    let isAtBlock = false;
    const value = async (count: number): Promise<[Uint8Array, Uint8Array][]> => {
      const found = isAtBlock ? [] : await nextv(count);
      const at = found.findIndex(([key]) => isHidden(key));
      if (isAtBlock || at === 0) throw CORRUPTION;
      isAtBlock = at > 0;
      return isAtBlock ? found.slice(0, at) : found;
    };
    return Object.defineProperty(made, "nextv", { value });
  };
  Object.defineProperty(database, "keys", {
    configurable: true,
    value: (options: object) => ({ all: () => all(options) }),
  });
  Object.defineProperty(database, "iterator", { configurable: true, value: stopping });
}

function showBlock({ place }: Medium): void {
  Reflect.deleteProperty(place.database!, "keys");
  Reflect.deleteProperty(place.database!, "iterator");
}

/** The last zxid of each record of the log that stands in the database. */
async function recordsIn({ place }: Medium): Promise<number[]> {
  const keys = (await contentsOf(place.database!)).map(([key]) => parseLogKey(key));
  return keys.flatMap((key) => (key === null ? [] : [key.end.zxid]));
}

function endsOf(log: readonly LogEntry[], ...indexes: number[]): number[] {
  return indexes.map((index) => log[index]!.zxid);
}

/** What stands behind an entry, as far as the log of these tests goes. */
async function readBehind(store: LogStorage, { zxid: after }: LogPosition): Promise<unknown> {
  const found = await store.read({ after, upTo: zxid(1, 10) }, 1e6);
  return found.kind === "entries" ? plain(found.entries) : found;
}

describe("garbage that the database cannot read", () => {
  test.each([
    ["in the middle", [1]],
    ["up to the middle", [0, 1]],
  ])("stays where it is, and the store goes on: %s", async (_name, indexes) => {
    const { medium, store, log } = await filled();
    const hidden = endsOf(log, ...indexes.map((index) => 2 * index + 1));
    hideBlock(medium, (key) => hidden.includes(parseLogKey(key)?.end.zxid ?? -1));
    expect(await store.purge(log[5]!.zxid)).toEqual(positionOf(log[5]!));
    // Another sweep, and all that a store does, with the damage still there.
    await store.dropPages();
    await store.write({ append: entries(log[9]!, 1, 11, 12) });
    expect(await readBehind(store, log[5]!)).toEqual(plain(log.slice(6)));
    const reader = await store.openCheckpoint();
    expect((await reader!.read(0, 1000)).map(String)).toEqual(["a", "b"]);
    await reader!.close();
    await store.close();
    expect(await examineStore(medium)).toMatchObject({ kind: "standing", hasDamagedBlocks: true, losses: [] });
    showBlock(medium);
    expect(await recordsIn(medium)).toEqual([...hidden, ...endsOf(log, 7, 9), zxid(1, 12)]);
    expect(await store.open()).toMatchObject({ base: positionOf(log[5]!), last: { zxid: zxid(1, 12) }, faults: [] });
    // What can be read again goes with the next write.
    await store.write({ notes: new Uint8Array(1) });
    await store.close();
    expect(await recordsIn(medium)).toEqual([...endsOf(log, 7, 9), zxid(1, 12)]);
  });

  test("is the page of a draft that was dropped", async () => {
    const { medium, store, log } = await filled();
    await store.addPages([page("never to be marked")]);
    await store.write({ append: entries(log[9]!, 1, 11, 11) });
    const draft = (await contentsOf(medium.place.database!)).flatMap(([key]) => parsePageKey(key)?.generation ?? []);
    const generation = Math.max(...draft);
    hideBlock(medium, (key) => parsePageKey(key)?.generation === generation);
    await store.dropPages();
    await store.addPages([page("c")]);
    const mark = { kind: "full", ...positionOf(log[9]!), digest: "e", pageCount: 1 } as const;
    await store.write({ checkpoint: mark, committed: log[9]!.zxid });
    const reader = await store.openCheckpoint();
    expect((await reader!.read(0, 1000)).map(String)).toEqual(["c"]);
    await reader!.close();
    await store.close();
  });
});

test("damage that the database meets in deleting garbage stops the store, as damage in writing does; all stands when it is opened anew", async () => {
  const { medium, store, log } = await filled();
  const database = medium.place.database!;
  const batch = database.batch.bind(database) as () => object;
  let batches = 0;
  const refuse = async (): Promise<never> => Promise.reject(CORRUPTION);
  Object.defineProperty(database, "batch", {
    configurable: true,
    // The first one moves the base.
    value: () => (++batches === 1 ? batch() : Object.defineProperty(batch(), "write", { value: refuse })),
  });
  expect(await store.purge(log[5]!.zxid)).toEqual(positionOf(log[5]!));
  let refusal: unknown = null;
  while (refusal === null)
    refusal = await readBehind(store, log[5]!).then(
      () => null,
      (error: unknown) => error,
    );
  const named = { code: "STORE_FAILED", message: expect.stringContaining("rebuild-database") };
  expect(refusal).toMatchObject(named);
  await expect(store.write({ append: entries(log[9]!, 1, 11, 11) })).rejects.toMatchObject(named);
  await expect(store.purge(log[7]!.zxid)).rejects.toMatchObject(named);
  await store.close();
  mendMedium(medium);
  expect(batches).toBe(2);
  expect(await store.open()).toMatchObject({ base: positionOf(log[5]!), last: positionOf(log[9]!), faults: [] });
  expect(await readBehind(store, log[5]!)).toEqual(plain(log.slice(6)));
  await store.write({ append: entries(log[9]!, 1, 11, 11) });
  await store.close();
  expect(await recordsIn(medium)).toEqual([...endsOf(log, 7, 9), zxid(1, 11)]);
});
