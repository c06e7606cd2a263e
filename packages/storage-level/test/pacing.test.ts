import { describe, expect, test } from "vitest";
import { LOG_LIMITS, type LogEntry } from "@coterie/interface";
import { createLevelPlace, createLevelStorage, STORAGE_LIMITS } from "@coterie/storage-level";
import { parseLogKey } from "../src/format/keys.ts";
import { contentsOf } from "./support/damages.ts";
import { entryAfter, HARD_STATE, positionOf, START, zxid } from "./support/log.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { createMemoryLevel } from "./support/memory-store.ts";

/** Counts how often a store has let the event loop turn. */
class CountingClock extends ManualClock {
  turns = 0;

  override nextTurn(callback: () => void): void {
    this.turns++;
    super.nextTurn(callback);
  }

  async during(work: () => Promise<unknown>): Promise<number> {
    const before = this.turns;
    await work();
    return this.turns - before;
  }
}

const COUNT = LOG_LIMITS.batchEntriesMax;
/** So many things without a byte may be done in one turn. */
const PIECE = STORAGE_LIMITS.pieceSizeMaxBytes / STORAGE_LIMITS.itemOverheadBytes;

function emptyEntries(): LogEntry[] {
  const made: LogEntry[] = [];
  for (let counter = 1; counter <= COUNT; counter++)
    made.push(entryAfter(made.at(-1) ?? START, zxid(1, counter), new Uint8Array(0)));
  return made;
}

describe("things that have no bytes", () => {
  test("entries are cut into records and worked on in pieces, as if each had some", async () => {
    const [clock, database] = [new CountingClock(), createMemoryLevel()];
    const store = createLevelStorage({ place: createLevelPlace("the store", database), durable: false, clock });
    await store.open();
    const log = emptyEntries();
    const pieces = Math.floor(COUNT / PIECE);
    expect(pieces).toBeGreaterThan(8);
    const writing = await clock.during(async () => store.write({ hardState: HARD_STATE, append: log }));
    expect(writing).toBeGreaterThanOrEqual(2 * pieces);
    const range = { after: START.zxid, upTo: log.at(-1)!.zxid };
    expect(await clock.during(async () => store.read(range, 1))).toBeLessThan(pieces);
    expect(await clock.during(async () => store.read(range, 2 ** 26))).toBeGreaterThanOrEqual(pieces - 1);
    await store.close();
    const records = (await contentsOf(database)).filter(([key]) => parseLogKey(key) !== null);
    expect(records.length).toBeGreaterThanOrEqual(pieces);
    await database.close();
    let found: object = {};
    expect(await clock.during(async () => (found = await store.open()))).toBeGreaterThanOrEqual(pieces);
    expect(found).toMatchObject({ last: positionOf(log.at(-1)!), faults: [] });
    await store.close();
  });

  test("so are pages", async () => {
    const clock = new CountingClock();
    const store = createLevelStorage({ place: createLevelPlace("it", createMemoryLevel()), durable: false, clock });
    await store.open();
    await store.write({ hardState: HARD_STATE, append: [entryAfter(START, zxid(1, 1))] });
    const pages = Array.from({ length: 5 * PIECE }, () => new Uint8Array(0));
    expect(await clock.during(async () => store.addPages(pages))).toBeGreaterThanOrEqual(4);
    const mark = positionOf(entryAfter(START, zxid(1, 1)));
    await store.write({ checkpoint: { kind: "full", ...mark, digest: "d", pageCount: pages.length } });
    const reader = (await store.openCheckpoint())!;
    expect(await clock.during(async () => reader.read(0, 1))).toBeGreaterThanOrEqual(4);
    await reader.close();
    await store.close();
  });
});
