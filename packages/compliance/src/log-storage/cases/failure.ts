import { check, checkEqual, checkRejects } from "../../runner/check.ts";
import { LOG_START, positionOf } from "../history.ts";
import { type LogStorageCase, type LogStorageGroup, type LogWorld, opened } from "../world.ts";
import { callsOf } from "./lifecycle.ts";

/** What a failed write leaves is unknown: all of it, or nothing. */
async function failed(world: LogWorld, isFull: boolean): Promise<void> {
  const entries = await world.begin(2);
  await world.hurt(async (damages, place) => damages.brokenMedium!(place, isFull));
  const append = world.history.entries(3);
  const code = isFull ? "STORE_FULL" : "STORE_FAILED";
  await checkRejects(() => world.store.write({ append }), [code], "a write that the medium refuses");
  await world.hurt(async (damages, place) => damages.mendedMedium!(place));
  for (const [name, call] of callsOf(world.store))
    await checkRejects(call, ["STORE_FAILED"], `${name} after a write has failed`);
  const found = opened(await world.reopen());
  const isThere = found.last.zxid > entries[1]!.zxid;
  const left = isThere ? [...entries, ...append] : entries;
  checkEqual([found.last, found.faults], [positionOf(left.at(-1)!), []], "the end of the log, and no fault");
  checkEqual(found.hardState.isAmnesiac, false, "what was never reported is no loss");
  await world.checkLog(LOG_START, left, "the log that a failed write has left");
  await world.store.write({ append: world.history.fork(found.last).entries(1) });
}

const CASES: readonly LogStorageCase[] = [
  {
    rule: "a write that failed is unknown: STORE_FAILED from then on, until close and a new open (R5)",
    needs: ["broken medium"],
    run: async (world) => failed(world, false),
  },
  {
    rule: "a write that found no space is unknown: STORE_FULL once, then STORE_FAILED, until close and a new open",
    needs: ["broken medium"],
    run: async (world) => failed(world, true),
  },
  {
    rule: "a failing medium does not keep the store from being closed, nor the place from being free",
    needs: ["broken medium"],
    run: async (world) => {
      const entries = await world.begin(1);
      await world.hurt(async (damages, place) => damages.brokenMedium!(place, false));
      const append = world.history.entries(1);
      await checkRejects(() => world.store.write({ append }), ["STORE_FAILED"], "a write that fails");
      await world.store.close();
      await checkRejects(() => world.store.write({}), ["STORE_CLOSED"], "a write after the close");
      await world.hurt(async (damages, place) => damages.mendedMedium!(place));
      const found = await world.reopened();
      check(found.last.zxid >= entries[0]!.zxid, "what was reported is there");
    },
  },
];

export const FAILURE: LogStorageGroup = { name: "a failing medium", cases: CASES };
