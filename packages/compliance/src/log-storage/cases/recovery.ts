import type { Epoch } from "@coterie/interface";
import { checkEqual } from "../../runner/check.ts";
import { LOG_START, pagesOf, positionOf } from "../history.ts";
import { HARD_STATE, type LogStorageCase, type LogStorageGroup } from "../world.ts";

const CASES: readonly LogStorageCase[] = [
  {
    rule: "hardState is found again as it was written last, whole",
    needs: [],
    run: async (world) => {
      await world.begin(0);
      checkEqual((await world.restarted()).hardState, HARD_STATE, "the first hard state");
      const extremes = {
        ...HARD_STATE,
        incarnation: Number.MAX_SAFE_INTEGER,
        acceptedEpoch: (2 ** 21 - 1) as Epoch,
        currentEpoch: (2 ** 21 - 1) as Epoch,
      };
      for (const hardState of [extremes, { ...HARD_STATE, incarnation: 3 }]) {
        await world.store.write({ hardState });
        checkEqual((await world.restarted()).hardState, hardState, "a later hard state");
      }
    },
  },
  {
    rule: "clusterId: 1..64 printable ASCII characters",
    needs: [],
    run: async (world) => {
      await world.store.open();
      const hardState = { ...HARD_STATE, clusterId: "~ !\"'\\/".padEnd(64, "z") };
      await world.store.write({ hardState });
      checkEqual((await world.reopened()).hardState, hardState, "the hard state");
    },
  },
  {
    rule: "isAmnesiac is reported by every open until a write has cleared it",
    needs: [],
    run: async (world) => {
      await world.begin(1, { hardState: { ...HARD_STATE, isAmnesiac: true } });
      checkEqual((await world.reopened()).hardState.isAmnesiac, true, "isAmnesiac, the first time");
      await world.store.write({ append: world.history.entries(1) });
      checkEqual((await world.restarted()).hardState.isAmnesiac, true, "isAmnesiac, after another write");
      await world.store.write({ hardState: HARD_STATE });
      checkEqual((await world.restarted()).hardState.isAmnesiac, false, "isAmnesiac, once it was cleared");
    },
  },
  {
    rule: "notes are found again as they were written last, and are empty if none were",
    needs: [],
    run: async (world) => {
      await world.begin(1);
      checkEqual((await world.reopened()).notes, new Uint8Array(0), "the notes, when none were written");
      await world.store.write({ notes: Uint8Array.of(1, 0, 255) });
      await world.store.write({ append: world.history.entries(1) });
      checkEqual((await world.restarted()).notes, Uint8Array.of(1, 0, 255), "the notes");
    },
  },
  {
    rule: "committed is found again as it was written last",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3);
      checkEqual((await world.reopened()).committed, LOG_START.zxid, "what is committed, when nothing was said");
      await world.store.write({ committed: entries[1]!.zxid });
      checkEqual((await world.restarted()).committed, entries[1]!.zxid, "what is committed");
      await world.store.write({ append: world.history.entries(1), committed: entries[1]!.zxid });
      checkEqual((await world.restarted()).committed, entries[1]!.zxid, "what is committed, said twice");
    },
  },
  {
    rule: "committed is not below the base, nor above the end",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3);
      await world.store.write({ committed: entries[2]!.zxid });
      await world.checkpoint("full", entries[2]!, pagesOf(1, 1));
      await world.store.purge(entries[2]!.zxid);
      const found = await world.reopened();
      const isInside = found.base.zxid <= found.committed && found.committed <= found.last.zxid;
      checkEqual(isInside, true, "base <= committed <= last");
      checkEqual(found.committed, entries[2]!.zxid, "what is committed");
    },
  },
  {
    rule: "epochEnds: the last entry of each epoch in the log, ascending, the last one equal to `last`",
    needs: [],
    run: async (world) => {
      await world.begin(3);
      const ends = [world.history.last];
      for (const count of [1, 4]) {
        world.history.nextEpoch();
        await world.writeEach(world.history.entries(count));
        ends.push(world.history.last);
      }
      world.history.nextEpoch();
      const spanning = world.history.entries(2);
      ends.push(world.history.last);
      world.history.nextEpoch();
      spanning.push(...world.history.entries(2));
      ends.push(world.history.last);
      await world.store.write({ append: spanning });
      checkEqual((await world.reopened()).epochEnds, ends, "the ends of five epochs");
      await world.store.write({ truncateAfter: spanning[0]!.zxid });
      const shortened = [...ends.slice(0, 3), positionOf(spanning[0]!)];
      checkEqual((await world.reopened()).epochEnds, shortened, "the ends of epochs, cut off");
    },
  },
  {
    rule: "droppedTailCount and faults are none where nothing was damaged",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3);
      await world.writeEach(world.history.entries(4));
      await world.checkpoint("full", entries[1]!, pagesOf(1, 1), { committed: entries[1]!.zxid });
      const found = await world.restarted();
      checkEqual([found.droppedTailCount, found.faults], [0, []], "what was dropped, and the faults");
    },
  },
];

export const RECOVERY: LogStorageGroup = { name: "what open finds", cases: CASES };
