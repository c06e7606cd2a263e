import { checkEqual } from "../../runner/check.ts";
import { LOG_START, positionOf } from "../history.ts";
import { checkEnds, type LogStorageCase, type LogStorageGroup } from "../world.ts";

const CASES: readonly LogStorageCase[] = [
  {
    rule: "truncateAfter removes every entry above it, and no more",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      const more = world.history.entries(3);
      await world.writeEach(more);
      await world.store.write({ truncateAfter: more[0]!.zxid });
      const left = [...entries, more[0]!];
      await world.checkLog(LOG_START, left, "the log that was cut off");
      checkEnds(await world.reopened(), LOG_START, more[0]!, "the ends of the log that was cut off");
      await world.checkLog(LOG_START, left, "the log that was cut off, opened again");
    },
  },
  {
    rule: "truncateAfter may name an entry in the middle of a batch",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(5);
      const later = world.history.entries(2);
      await world.store.write({ append: later });
      await world.store.write({ truncateAfter: entries[2]!.zxid });
      const append = world.history.fork(positionOf(entries[2]!)).entries(2);
      await world.store.write({ append });
      await world.reopened();
      await world.checkLog(LOG_START, [...entries.slice(0, 3), ...append], "the log, cut off inside a batch");
    },
  },
  {
    rule: "truncateAfter may name the base, and then empties the log",
    needs: [],
    run: async (world) => {
      await world.begin(3);
      await world.store.write({ truncateAfter: LOG_START.zxid });
      const found = await world.reopened();
      checkEnds(found, LOG_START, LOG_START, "the ends of the empty log");
      checkEqual(found.epochEnds, [], "the ends of epochs in an empty log");
      const append = world.history.fork(LOG_START).entries(2);
      await world.store.write({ append });
      await world.checkLog(LOG_START, append, "the log that began anew");
    },
  },
  {
    rule: "truncateAfter may name what is committed, and the last entry",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3);
      await world.store.write({ committed: entries[1]!.zxid });
      await world.store.write({ truncateAfter: entries[2]!.zxid });
      await world.checkLog(LOG_START, entries, "the log, cut off behind its last entry");
      await world.store.write({ truncateAfter: entries[1]!.zxid });
      const found = await world.reopened();
      checkEqual(found.committed, entries[1]!.zxid, "what is committed");
      await world.checkLog(LOG_START, entries.slice(0, 2), "the log, cut off behind what is committed");
    },
  },
  {
    rule: "what was truncated does not come back",
    needs: ["crash"],
    run: async (world) => {
      const entries = await world.begin(1);
      await world.writeEach(world.history.entries(3));
      await world.store.write({ truncateAfter: entries[0]!.zxid });
      const found = await world.crashed();
      checkEnds(found, LOG_START, entries[0]!, "the ends of the log that was cut off");
      checkEqual(found.hardState.isAmnesiac, false, "a truncation is no loss");
      checkEqual(found.faults, [], "a truncation leaves no fault");
      await world.checkLog(LOG_START, entries, "the log after a crash");
    },
  },
];

export const TRUNCATION: LogStorageGroup = { name: "write with truncateAfter", cases: CASES };
