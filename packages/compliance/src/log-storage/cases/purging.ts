import type { LogEntry, Zxid } from "@coterie/interface";
import { check, checkEqual } from "../../runner/check.ts";
import { LOG_START, pagesOf, positionOf, ZXID_FAR } from "../history.ts";
import { type LogStorageCase, type LogStorageGroup, type LogWorld, pagesIn, SIZE_MAX_BYTES } from "../world.ts";

/** Nine entries in batches of three, a checkpoint at the seventh. */
async function beginWithNine(world: LogWorld): Promise<LogEntry[]> {
  const entries = await world.begin(3);
  for (const _ of [1, 2]) {
    const append = world.history.entries(3);
    entries.push(...append);
    await world.store.write({ append });
  }
  await world.checkpoint("full", entries[6]!, pagesOf(2, 1), { committed: entries[7]!.zxid });
  return entries;
}

const CASES: readonly LogStorageCase[] = [
  {
    rule: "purge lets go of entries up to `upTo`, or fewer, and resolves with the new base",
    needs: [],
    run: async (world) => {
      const entries = await beginWithNine(world);
      let before = LOG_START.zxid;
      for (const index of [0, 3, 4, 6]) {
        const base = await world.store.purge(entries[index]!.zxid);
        check(base.zxid <= entries[index]!.zxid, "the base is not above what was purged");
        check(base.zxid >= before, "the base does not go down");
        before = base.zxid;
        const at = entries.findIndex(({ zxid }) => zxid === base.zxid);
        checkEqual(base, positionOf(entries[at] ?? LOG_START), "the base is a position of the log");
        await world.checkLog(base, entries.slice(at + 1), "the log behind the base");
      }
    },
  },
  {
    rule: "a range that begins below the base is answered with `purged`",
    needs: [],
    run: async (world) => {
      const entries = await beginWithNine(world);
      const base = await world.store.purge(entries[6]!.zxid);
      const expected = base.zxid === LOG_START.zxid ? "entries" : "purged";
      checkEqual((await world.readAll(LOG_START.zxid)).kind, expected, "what is read from the start on");
      if (base.zxid === LOG_START.zxid) return;
      for (const upTo of [base.zxid, entries[8]!.zxid, ZXID_FAR]) {
        const reading = await world.store.read({ after: (base.zxid - 1) as Zxid, upTo }, SIZE_MAX_BYTES);
        checkEqual(reading, { kind: "purged", base }, "a range that begins below the base");
      }
    },
  },
  {
    rule: "after a purge the store opens with that base or a lower one, and with all entries behind it",
    needs: [],
    run: async (world) => {
      const entries = await beginWithNine(world);
      const base = await world.store.purge(entries[6]!.zxid);
      const found = await world.restarted();
      check(found.base.zxid <= base.zxid, "no more is gone than was purged");
      const at = entries.findIndex(({ zxid }) => zxid === found.base.zxid);
      checkEqual(found.base, positionOf(entries[at] ?? LOG_START), "the base is a position of the log");
      checkEqual(found.last, positionOf(entries[8]!), "the end of the log");
      checkEqual(found.faults, [], "a purge leaves no fault");
      checkEqual(found.hardState.isAmnesiac, false, "a purge is no loss");
      await world.checkLog(found.base, entries.slice(at + 1), "the log behind the base");
      checkEqual(await pagesIn(world.store), pagesOf(2, 1), "the pages of the checkpoint");
    },
  },
  {
    rule: "readings that have begun are not disturbed by a purge",
    needs: [],
    run: async (world) => {
      const entries = await beginWithNine(world);
      const range = { after: LOG_START.zxid, upTo: entries[5]!.zxid };
      const readings = [SIZE_MAX_BYTES, SIZE_MAX_BYTES, SIZE_MAX_BYTES].map(async (size) =>
        world.store.read(range, size),
      );
      await world.store.purge(entries[6]!.zxid);
      for (const reading of await Promise.all(readings))
        checkEqual(reading, { kind: "entries", entries: entries.slice(0, 6) }, "a reading that had begun");
    },
  },
  {
    rule: "the whole log may be purged, and goes on from its base",
    needs: [],
    run: async (world) => {
      const entries = await beginWithNine(world);
      await world.store.write({ committed: entries[8]!.zxid });
      await world.checkpoint("delta", entries[8]!, pagesOf(1, 2));
      const base = await world.store.purge(entries[8]!.zxid);
      const append = world.history.entries(2);
      await world.store.write({ append });
      const found = await world.reopened();
      check(found.base.zxid <= base.zxid, "no more is gone than was purged");
      checkEqual(found.last, positionOf(append[1]!), "the end of the log");
      await world.checkLog(positionOf(entries[8]!), append, "the log behind the checkpoint");
    },
  },
];

export const PURGING: LogStorageGroup = { name: "purge", cases: CASES };
