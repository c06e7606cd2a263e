import type { Epoch, LogBatch, LogEntry } from "@coterie/interface";
import { check, checkEqual } from "../../runner/check.ts";
import { LOG_START, pagesOf, positionOf } from "../history.ts";
import {
  checkEnds,
  HARD_STATE,
  type LogStorageCase,
  type LogStorageGroup,
  markOf,
  type OpenedLog,
  pagesIn,
} from "../world.ts";

const NOTES = Uint8Array.of(1, 2, 3);

const CASES: readonly LogStorageCase[] = [
  {
    rule: "a write may carry any one part, and leaves the others as they are",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3, { notes: NOTES });
      const hardState = { ...HARD_STATE, incarnation: 7 };
      const parts: LogBatch[] = [{ hardState }, { committed: entries[1]!.zxid }, {}];
      for (const part of parts) await world.store.write(part);
      const found = await world.reopened();
      checkEqual(found.hardState, hardState, "the hard state");
      checkEqual(found.notes, NOTES, "the notes");
      checkEqual(found.committed, entries[1]!.zxid, "what is committed");
      await world.store.write({ notes: new Uint8Array(0) });
      const again = await world.reopened();
      checkEqual(again.notes, new Uint8Array(0), "the notes, emptied");
      checkEqual(again.hardState, hardState, "the hard state, still");
      await world.checkLog(LOG_START, entries, "the log, still");
    },
  },
  {
    rule: "append continues the log, a batch in one piece and in order",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(4);
      const more = world.history.entries(3);
      await world.store.write({ append: more });
      await world.checkLog(LOG_START, [...entries, ...more], "the log of two batches");
      const found = await world.reopened();
      checkEnds(found, LOG_START, more[2]!, "the ends of the log");
      await world.checkLog(LOG_START, [...entries, ...more], "the log of two batches, opened again");
    },
  },
  {
    rule: "an entry is given back as it was: zxid, tag 0..255, bytes from none on, chainHash",
    needs: [],
    run: async (world) => {
      const { history } = world;
      const large = new Uint8Array(70_000).map((_, index) => index * 7);
      const entries = [history.entry(new Uint8Array(0), 0), history.entry(Uint8Array.of(0), 255), history.entry(large)];
      await world.begin(0, { append: entries });
      await world.reopened();
      await world.checkLog(LOG_START, entries, "entries of all sorts");
    },
  },
  {
    rule: "zxids may leave gaps, and begin new epochs",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      world.history.nextEpoch();
      world.history.nextEpoch();
      const more = world.history.entries(2);
      await world.store.write({ append: more });
      await world.reopened();
      await world.checkLog(LOG_START, [...entries, ...more], "a log over three epochs, the middle one empty");
    },
  },
  {
    rule: "the parts take effect in the order of the fields: truncateAfter, then append, then committed",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(4);
      const fork = world.history.fork(positionOf(entries[1]!));
      const append = fork.entries(2);
      await world.store.write({ committed: append[1]!.zxid, append, truncateAfter: entries[1]!.zxid });
      const found = await world.reopened();
      checkEqual(found.committed, append[1]!.zxid, "what is committed");
      await world.checkLog(LOG_START, [...entries.slice(0, 2), ...append], "the log, cut off and continued");
    },
  },
  {
    rule: "the parts take effect in the order of the fields: checkpoint, then append",
    needs: [],
    run: async (world) => {
      await world.begin(2);
      world.history.nextEpoch();
      world.history.entries(1);
      const mark = world.history.last;
      const append = world.history.entries(2);
      await world.checkpoint("incoming", mark, pagesOf(2, 5), { append, committed: append[0]!.zxid });
      const found = await world.reopened();
      checkEnds(found, mark, append[1]!, "the ends of the log");
      checkEqual(found.committed, append[0]!.zxid, "what is committed");
      await world.checkLog(mark, append, "the log behind the mark");
    },
  },
  {
    rule: "write resolves only when all of its batch is durable",
    needs: ["crash"],
    run: async (world) => {
      const entries = await world.begin(3, { notes: NOTES });
      checkAll(await world.crashed(), HARD_STATE, entries, 0, "the first batch");
      await world.checkLog(LOG_START, entries, "the first batch's entries");
      const hardState = { ...HARD_STATE, acceptedEpoch: 9 as Epoch };
      const append = world.history.entries(2);
      await world.store.addPages(pagesOf(2, 3));
      const checkpoint = markOf("full", entries[1]!, 2);
      await world.store.write({ hardState, checkpoint, append, committed: entries[1]!.zxid });
      const all = [...entries, ...append];
      checkAll(await world.crashed(), hardState, all, entries[1]!.zxid, "the second batch");
      await world.checkLog(LOG_START, all, "both batches' entries");
      checkEqual(await pagesIn(world.store), pagesOf(2, 3), "the pages");
    },
  },
  {
    rule: "after a crash all of a batch or nothing is there",
    needs: ["crash"],
    run: async (world) => {
      const entries = await world.begin(4, { notes: NOTES });
      const fork = world.history.fork(positionOf(entries[1]!));
      const append = fork.entries(3);
      const hardState = { ...HARD_STATE, incarnation: 8 };
      await world.store.addPages(pagesOf(2, 3));
      const checkpoint = markOf("full", entries[0]!, 2);
      const truncateAfter = entries[1]!.zxid;
      const batch = { hardState, notes: Uint8Array.of(9), checkpoint, truncateAfter, append };
      void world.store.write({ ...batch, committed: append[0]!.zxid }).catch(() => undefined);
      const found = await world.crashed();
      const isThere = found.hardState.incarnation === hardState.incarnation;
      const log = isThere ? [...entries.slice(0, 2), ...append] : entries;
      checkAll(found, isThere ? hardState : HARD_STATE, log, isThere ? append[0]!.zxid : 0, "a batch in a crash");
      checkEqual(found.notes, isThere ? batch.notes : NOTES, "the notes of a batch in a crash");
      checkEqual(found.checkpoint?.zxid, isThere ? checkpoint.zxid : undefined, "the mark of a batch in a crash");
      await world.checkLog(LOG_START, log, "the log of a batch in a crash");
    },
  },
  {
    rule: "after a crash in the first write the store is blank or has it all",
    needs: ["crash"],
    run: async (world) => {
      await world.store.open();
      const append = world.history.entries(3);
      void world.store.write({ hardState: HARD_STATE, append }).catch(() => undefined);
      const found = await world.crash();
      if (found.kind === "open") {
        checkAll(found, HARD_STATE, append, 0, "a first batch in a crash");
        return;
      }
      await world.store.write({ hardState: HARD_STATE, append });
      await world.reopened();
      await world.checkLog(LOG_START, append, "the first batch, written again");
    },
  },
  {
    rule: "after a crash an append is written whole, or not at all",
    needs: ["crash"],
    run: async (world) => {
      const entries = await world.begin(2);
      const append = world.history.entries(5);
      void world.store.write({ append }).catch(() => undefined);
      const found = await world.crashed();
      const isThere = found.last.zxid > entries[1]!.zxid;
      await world.checkLog(LOG_START, isThere ? [...entries, ...append] : entries, "an append in a crash");
    },
  },
  {
    rule: "the three lanes and any number of reads run side by side",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(4);
      await world.checkpoint("full", entries[1]!, pagesOf(1, 1), { committed: entries[3]!.zxid });
      const append = world.history.entries(2);
      const range = { after: entries[1]!.zxid, upTo: entries[3]!.zxid };
      const readings = [0, 1, 2].map(async () => world.store.read(range, 1000));
      const [base] = await Promise.all([
        world.store.purge(entries[1]!.zxid),
        world.store.write({ append }),
        world.store.addPages(pagesOf(2, 2)),
      ]);
      for (const reading of await Promise.all(readings))
        checkEqual(reading, { kind: "entries", entries: entries.slice(2) }, "a reading beside the lanes");
      await world.store.write({ checkpoint: markOf("full", entries[3]!, 2) });
      check(base.zxid <= entries[1]!.zxid, "the base is not above what was purged");
      checkEqual(await pagesIn(world.store), pagesOf(2, 2), "the pages that came in beside");
      await world.checkLog(positionOf(entries[1]!), [...entries.slice(2), ...append], "the log after it");
    },
  },
];

function checkAll(
  found: OpenedLog,
  hardState: unknown,
  entries: readonly LogEntry[],
  committed: number,
  what: string,
): void {
  checkEqual(found.hardState, hardState, `${what}: the hard state`);
  checkEnds(found, LOG_START, entries.at(-1)!, `${what}: the ends of the log`);
  checkEqual(found.committed, committed, `${what}: what is committed`);
  checkEqual(found.faults, [], `${what}: no fault`);
}

export const BATCHES: LogStorageGroup = { name: "write", cases: CASES };
