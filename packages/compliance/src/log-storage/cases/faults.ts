import type { LogEntry, LogFault, Zxid } from "@coterie/interface";
import { check, checkEqual, checkRejects } from "../../runner/check.ts";
import { LOG_START, pagesOf, positionOf, ZXID_FAR } from "../history.ts";
import {
  checkEnds,
  HARD_STATE,
  type LogStorageCase,
  type LogStorageGroup,
  type LogWorld,
  type OpenedLog,
  opened,
  SIZE_MAX_BYTES,
} from "../world.ts";

interface Damaged {
  readonly entries: readonly LogEntry[];
  readonly found: OpenedLog;
  readonly fault: LogFault;
  /** Entries before and behind the fault. */
  readonly before: readonly LogEntry[];
  readonly inside: readonly LogEntry[];
  readonly behind: readonly LogEntry[];
}

/** Nine entries in batches of three, two epochs, closed cleanly; then the fifth one is damaged. */
async function beginDamaged(world: LogWorld): Promise<Damaged> {
  const entries = await world.begin(3);
  for (const _ of [1, 2]) {
    const append = world.history.entries(3);
    entries.push(...append);
    await world.store.write({ append, committed: entries[1]!.zxid });
  }
  const damaged = entries[4]!.zxid;
  const found = opened(await world.damage(async (damages, place) => damages.entry!(place, damaged)));
  checkEnds(found, LOG_START, entries[8]!, "the ends of the damaged log");
  check(found.faults.length === 1, "one damage is one fault");
  const fault = found.faults[0]!;
  const first = fault.after.zxid;
  const last = fault.upTo.zxid;
  const inside = entries.filter(({ zxid }) => zxid > first && zxid <= last);
  check(
    inside.some(({ zxid }) => zxid === damaged),
    "the fault holds the damaged entry",
  );
  const before = entries.filter(({ zxid }) => zxid <= first);
  return { entries, found, fault, before, inside, behind: entries.filter(({ zxid }) => zxid > last) };
}

const CASES: readonly LogStorageCase[] = [
  {
    rule: "what does not check out is a fault, never a shorter log and never other bytes",
    needs: ["damaged entry"],
    run: async (world) => {
      const { entries, found, fault, before, inside } = await beginDamaged(world);
      checkEqual(fault.after, positionOf(before.at(-1) ?? LOG_START), "the last sound position before the fault");
      checkEqual(fault.upTo, positionOf(inside.at(-1)!), "where the log is sound again");
      checkEqual(found.hardState, HARD_STATE, "the hard state");
      checkEqual(found.committed, entries[1]!.zxid, "what is committed");
      checkEqual(found.droppedTailCount, 0, "a fault is nothing that was dropped");
    },
  },
  {
    rule: "a reading ends before a fault, which the next one reports; behind it the log is read on",
    needs: ["damaged entry"],
    run: async (world) => {
      const { fault, before, behind } = await beginDamaged(world);
      const first = await world.readAll(LOG_START.zxid);
      if (before.length > 0) checkEqual(first, { kind: "entries", entries: before }, "a reading towards the fault");
      checkEqual(await world.readAll(fault.after.zxid), { kind: "faulty", fault }, "a reading into the fault");
      const rest = await world.readAll(fault.upTo.zxid);
      checkEqual(rest, { kind: "entries", entries: behind }, "a reading behind the fault");
      const upToFault = await world.store.read({ after: LOG_START.zxid, upTo: fault.after.zxid }, SIZE_MAX_BYTES);
      checkEqual(upToFault, { kind: "entries", entries: before }, "a reading that stops before the fault");
    },
  },
  {
    rule: "a fault is named by every open until it is mended, and appending goes on meanwhile",
    needs: ["damaged entry"],
    run: async (world) => {
      const { fault, behind } = await beginDamaged(world);
      const append = world.history.entries(2);
      await world.store.write({ append });
      const found = await world.reopened();
      checkEqual(found.faults, [fault], "the faults");
      checkEqual(found.last, positionOf(append[1]!), "the end of the log");
      const rest = await world.readAll(fault.upTo.zxid);
      checkEqual(rest, { kind: "entries", entries: [...behind, ...append] }, "a reading behind the fault");
    },
  },
  {
    rule: "repair fills a fault as a whole",
    needs: ["damaged entry"],
    run: async (world) => {
      const { entries, inside } = await beginDamaged(world);
      await world.store.write({ repair: inside });
      await world.checkLog(LOG_START, entries, "the log that was repaired");
      checkEqual((await world.restarted()).faults, [], "the faults");
      await world.checkLog(LOG_START, entries, "the log that was repaired, opened again");
    },
  },
  {
    rule: "repair fills a fault in part, from its beginning",
    needs: ["damaged entry"],
    run: async (world) => {
      const { entries, fault, inside } = await beginDamaged(world);
      if (inside.length < 2) return;
      await world.store.write({ repair: inside.slice(0, 1) });
      const rest: LogFault = { after: positionOf(inside[0]!), upTo: fault.upTo };
      checkEqual((await world.restarted()).faults, [rest], "the rest of the fault");
      checkEqual(await world.readAll(inside[0]!.zxid), { kind: "faulty", fault: rest }, "a reading into the rest");
      await world.store.write({ repair: inside.slice(1) });
      checkEqual((await world.restarted()).faults, [], "the faults");
      await world.checkLog(LOG_START, entries, "the log that was repaired in two steps");
    },
  },
  {
    rule: "repair leaves out what does not lead on from its fault's beginning: a reading may have found that it begins earlier",
    needs: ["damaged entry"],
    run: async (world) => {
      const { entries, fault, inside } = await beginDamaged(world);
      const wrong = inside.map((entry) => ({ ...entry, bytes: Uint8Array.of(1, 2, 3) }));
      const late = inside.slice(1);
      for (const repair of late.length > 0 ? [wrong, late] : [wrong]) {
        await world.store.write({ repair });
        checkEqual(await world.readAll(fault.after.zxid), { kind: "faulty", fault }, "a reading into the fault");
      }
      checkEqual((await world.reopened()).faults, [fault], "the faults");
      await world.store.write({ repair: inside });
      await world.checkLog(LOG_START, entries, "the log that was repaired");
    },
  },
  {
    rule: "misuse rejects with AssertionError and changes nothing: repair that leads elsewhere",
    needs: ["damaged entry"],
    run: async (world) => {
      const { fault, inside } = await beginDamaged(world);
      const [first, ...others] = inside;
      if (first === undefined || others.length === 0) return;
      const repair = [first, ...others.map((entry) => ({ ...entry, bytes: Uint8Array.of(1, 2, 3) }))];
      await checkRejects(() => world.store.write({ repair }), ["ASSERTION"], "a repair with other entries");
      checkEqual((await world.reopened()).faults, [fault], "the faults");
    },
  },
  {
    rule: "truncateAfter takes a fault above it away",
    needs: ["damaged entry"],
    run: async (world) => {
      const { entries } = await beginDamaged(world);
      await world.store.write({ truncateAfter: entries[1]!.zxid });
      const found = await world.restarted();
      checkEqual([found.faults, found.last], [[], positionOf(entries[1]!)], "the faults, and the end of the log");
    },
  },
  {
    rule: "purge lets go of faults",
    needs: ["damaged entry"],
    run: async (world) => {
      const { entries } = await beginDamaged(world);
      await world.checkpoint("full", entries[8]!, pagesOf(1, 1), { committed: entries[8]!.zxid });
      const base = await world.store.purge(entries[8]!.zxid);
      check(base.zxid <= entries[8]!.zxid, "the base is not above what was purged");
      check((await world.readAll(base.zxid)).kind !== "purged", "what is above the base is not purged");
      const found = await world.reopened();
      for (const { after } of found.faults) check(after.zxid >= found.base.zxid, "no fault is below the base");
      checkEqual(found.last, positionOf(entries[8]!), "the end of the log");
    },
  },
  {
    rule: "incoming takes all faults away",
    needs: ["damaged entry"],
    run: async (world) => {
      await beginDamaged(world);
      world.history.nextEpoch();
      const mark = positionOf(world.history.entries(1)[0]!);
      await world.checkpoint("incoming", mark, pagesOf(1, 1));
      const found = await world.restarted();
      checkEqual([found.faults, found.base, found.last], [[], mark, mark], "the faults, and the ends of the log");
    },
  },
  {
    rule: "covering takes a fault below the mark away, and leaves one that reaches beyond it, from the mark on",
    needs: ["damaged entry"],
    run: async (world) => {
      const { fault, inside, behind } = await beginDamaged(world);
      if (inside.length > 1) {
        const mark = positionOf(inside[0]!);
        await world.checkpoint("covering", mark, pagesOf(1, 1));
        checkEqual((await world.restarted()).faults, [{ after: mark, upTo: fault.upTo }], "the rest of the fault");
      }
      const mark = positionOf(behind[0]!);
      await world.checkpoint("covering", mark, pagesOf(1, 2));
      const found = await world.restarted();
      checkEqual([found.faults, found.base], [[], mark], "the faults, and the base");
      await world.checkLog(mark, behind.slice(1), "the log behind the mark");
    },
  },
  {
    rule: "nothing is given back that was not written under the same name (ST-20)",
    needs: ["swapped entries"],
    run: async (world) => {
      const entries = await world.begin(1);
      const more = world.history.entries(5);
      await world.writeEach(more);
      entries.push(...more);
      const [one, other] = [entries[2]!.zxid, entries[4]!.zxid];
      const found = opened(await world.damage(async (damages, place) => damages.swappedEntries!(place, one, other)));
      check(found.faults.length > 0, "swapped entries are a fault");
      let after: Zxid = LOG_START.zxid;
      while (after < entries[5]!.zxid) {
        const reading = await world.store.read({ after, upTo: ZXID_FAR }, SIZE_MAX_BYTES);
        check(reading.kind !== "purged", "nothing was purged");
        const known = entries.filter(({ zxid }) => zxid > after);
        const given = reading.kind === "entries" ? reading.entries : [];
        checkEqual(given, known.slice(0, given.length), "what is read is what was written");
        after = reading.kind === "entries" ? (given.at(-1)?.zxid ?? ZXID_FAR) : reading.fault.upTo.zxid;
      }
      check(after === entries[5]!.zxid, "the log is read to its end");
    },
  },
  {
    rule: "a reader rejects with STORE_CORRUPT for a damaged page, and that poisons nothing (ST-10)",
    needs: ["damaged page"],
    run: async (world) => {
      const entries = await world.begin(2);
      const pages = pagesOf(3, 1);
      await world.checkpoint("full", entries[0]!, pages);
      const found = opened(await world.damage(async (damages, place) => damages.page!(place, 1)));
      checkEqual(found.checkpoint?.pageCount, 3, "the pages of the checkpoint");
      const reader = (await world.store.openCheckpoint())!;
      checkEqual(await reader.read(0, 40), pages.slice(0, 1), "the page before the damaged one");
      await checkRejects(() => reader.read(1, 1000), ["STORE_CORRUPT"], "the damaged page");
      checkEqual(await reader.read(2, 1000), pages.slice(2), "the page behind the damaged one");
      await reader.close();
      await world.writeEach(world.history.entries(1));
      await world.checkpoint("full", entries[1]!, pagesOf(1, 2));
    },
  },
  {
    rule: "an end that was lost is noticed: the peer is amnesiac, and stays so until a write has cleared it (ST-06)",
    needs: ["lost end"],
    run: async (world) => {
      await world.begin(2);
      await world.writeEach(world.history.entries(2));
      const found = opened(await world.damage(async (damages, place) => damages.lostEnd!(place)));
      const isNoticed = found.hardState.isAmnesiac || found.faults.length > 0;
      check(isNoticed, "a lost end shows as amnesia, or as a fault");
      if (!found.hardState.isAmnesiac) return;
      checkEqual((await world.reopened()).hardState.isAmnesiac, true, "isAmnesiac, the second time");
      await world.store.write({ hardState: HARD_STATE });
      checkEqual((await world.reopened()).hardState.isAmnesiac, false, "isAmnesiac, once it was cleared");
    },
  },
  {
    rule: "a torn tail beyond what was promised is dropped and counted (ST-03)",
    needs: ["torn tail"],
    run: async (world) => {
      const entries = await world.begin(3);
      const found = opened(await world.damage(async (damages, place) => damages.tornTail!(place)));
      check(found.droppedTailCount > 0, "what was dropped is counted");
      checkEqual([found.faults, found.hardState], [[], HARD_STATE], "no fault and no amnesia");
      await world.checkLog(LOG_START, entries, "the log");
      const append = world.history.entries(2);
      await world.store.write({ append });
      checkEqual((await world.reopened()).droppedTailCount, 0, "what was dropped, the second time");
      await world.checkLog(LOG_START, [...entries, ...append], "the log that goes on");
    },
  },
  {
    rule: "open changes nothing that it does not understand: STORE_FORMAT_UNKNOWN, each time",
    needs: ["unknown format"],
    run: async (world) => {
      await world.begin(3);
      await world.store.close();
      await world.hurt(async (damages, place) => damages.unknownFormat!(place));
      for (const _ of [1, 2]) {
        const store = world.sibling();
        await checkRejects(() => store.open(), ["STORE_FORMAT_UNKNOWN"], "a format that nobody knows");
        await checkRejects(() => store.write({ hardState: HARD_STATE }), ["STORE_CLOSED"], "a write after it");
        await store.close();
      }
    },
  },
];

export const FAULTS: LogStorageGroup = { name: "faults", cases: CASES };
