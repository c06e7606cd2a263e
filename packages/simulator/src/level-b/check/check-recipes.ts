import type { Notebook } from "../client/notebook.ts";
import { allQueues } from "../recipes/recipe-room.ts";
import type { RecipeWorkload } from "../recipes/recipe-workload.ts";
import { checkFencing } from "./check-fencing.ts";
import { checkHolds, checkLooks, checkNothingLeft, checkSignals } from "./check-holds.ts";
import { checkMeetings } from "./check-meetings.ts";
import { checkRefusals } from "./check-refusals.ts";
import { checkShared } from "./check-shared.ts";
import { Places } from "./places.ts";
import type { Timeline } from "./timeline.ts";

/**
 * What clients were told by recipes, against the log of the ensemble.
 * @param stepOf by zxid, the step in which a disk had the entry first
 * @throws Violation
 */
export function checkRecipes(
  { recipes, calls }: Notebook,
  { leases, objects, participants }: RecipeWorkload,
  timeline: Timeline,
  stepOf: ReadonlyMap<number, number>,
): void {
  const places = new Places(timeline, leases);
  const lives = recipes.holds.map((note) => places.lifeOfHold(note));
  checkHolds(lives, timeline, stepOf);
  checkSignals(recipes, timeline, stepOf);
  checkFencing(lives, calls, timeline);
  checkShared(recipes.shared, timeline, stepOf);
  checkMeetings(recipes.members, lives, participants, { places, timeline, stepOf });
  checkLooks(recipes.looks, lives, places, stepOf);
  checkRefusals(recipes.waits, places, stepOf);
  checkNothingLeft(recipes, allQueues(objects), timeline);
}
