import { Violation } from "../../invariants/invariant.ts";
import type { WaitNote } from "../recipes/recipe-book.ts";
import { blocks, type Places } from "./places.ts";

/**
 * Who was told that it cannot have something at once: somebody else was there meanwhile. A lease is refused by what the session's own
 * peer knows, which may be old: there somebody has been.
 *
 * Source: docs/recipes (`tryAcquire`).
 *
 * @throws Violation
 */
export function checkRefusals(waits: readonly WaitNote[], places: Places, stepOf: ReadonlyMap<number, number>): void {
  for (const { id, what, tried, outcome, session, begunStep, endStep } of waits) {
    if (tried === null || outcome !== "refused") continue;
    const { kind, queue } = tried;
    // Its door is held by whoever is just taking one.
    const queues = kind === "lease" ? [queue, queue.replace(/leases$/, "locks")] : [queue];
    const rivals = queues
      .flatMap((each) => places.below(each))
      .filter((place) => {
        const isLate = (stepOf.get(place.from) ?? Infinity) > endStep;
        const isGone = kind !== "lease" && (stepOf.get(place.until) ?? Infinity) < begunStep;
        return blocks(kind, place) && !isLate && !isGone;
      });
    // Its own is among them where it has taken one.
    const isAlone = rivals.length < 2 && rivals.every(({ owner }) => owner === session.sessionId);
    if (isAlone) throw new Violation("refused", `wait ${id} (${what}) of ${session.client}: nobody was in the way`);
  }
}
