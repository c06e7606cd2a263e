import { Violation } from "../../invariants/invariant.ts";
import type { CallNote } from "../client/notebook.ts";
import type { HoldLife } from "./places.ts";
import type { Timeline } from "./timeline.ts";

/**
 * What holders wrote, with a word of the ensemble that they hold, took effect while they did. Turns of those who exclude each other do not
 * overlap, and tokens grow from one to the next (`Places.lifeOfHold`): so writes of two never interleave, and whoever refuses tokens
 * smaller than one that it has seen takes none from a former holder.
 *
 * Sources: docs/recipes/mutex.md (fencing, `guard`); fault-scenarios.md, LK-01.
 *
 * @throws Violation
 */
export function checkFencing(lives: readonly HoldLife[], calls: readonly CallNote[], timeline: Timeline): void {
  const byPlace = new Map(lives.map((life) => [life.place.path, life]));
  for (const { id, call } of calls) {
    if (call.kind !== "guarded") continue;
    const zxid = timeline.effects.get(call.data)?.[0]?.zxid;
    if (zxid === undefined) continue;
    const { place, turn } = byPlace.get(call.place)!;
    if (zxid > turn && zxid < place.until) continue;
    const when = `held from ${turn} to ${place.until}`;
    throw new Violation("guarded", `call ${id} took effect at ${zxid}, guarded by ${place.path}, ${when}`);
  }
}
