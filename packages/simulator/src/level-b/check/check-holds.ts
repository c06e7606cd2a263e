import { Violation } from "../../invariants/invariant.ts";
import type { HoldNote, LookNote, RecipeBook } from "../recipes/recipe-book.ts";
import type { HoldLife, Places } from "./places.ts";
import type { Timeline } from "./timeline.ts";

/**
 * What was said to be held against the order in which the ensemble did things: nobody holds before everybody is gone whom it has to
 * wait for, and what was let go is gone when that is told. A signal aborts for a reason.
 *
 * An entry of the log is known to nobody before a disk has it: `stepOf` says when that was.
 *
 * Sources: docs/recipes; fault-scenarios.md, LK-01, LK-04, LK-08, LK-09.
 *
 * @throws Violation
 */
export function checkHolds(lives: readonly HoldLife[], timeline: Timeline, stepOf: ReadonlyMap<number, number>): void {
  for (const { note, place, turn } of lives) {
    const isKnown = (zxid: number, step: number): boolean => (stepOf.get(zxid) ?? Infinity) <= step;
    if (!isKnown(turn, note.takenStep)) {
      fail("mutual-exclusion", note, `was told to hold in step ${note.takenStep}, and its turn came at ${turn}, later`);
    }
    if (note.goneStep >= 0 && !isKnown(place.until, note.goneStep)) {
      fail("released", note, `was told in step ${note.goneStep} that it is gone, which it was not`);
    }
    const { state, sessionId } = note.session;
    const isOver = state === "lost" || state === "closed" || timeline.closed.has(sessionId);
    if (note.lostStep >= 0 && !isOver && !isKnown(place.until, note.lostStep)) {
      fail("signal", note, `was told in step ${note.lostStep} that it is lost, which it was not`);
    }
  }
}

/** Who is told that the session has expired was told before that it holds nothing (LK-01). @throws Violation */
export function checkSignals({ unaware }: RecipeBook, { closed }: Timeline, stepOf: ReadonlyMap<number, number>): void {
  for (const { hold, step } of unaware) {
    const { sessionId, lostBy } = hold.session;
    const end = closed.get(sessionId);
    if (lostBy !== "SESSION_EXPIRED" || end === undefined || (stepOf.get(end) ?? Infinity) > step) continue;
    fail("signal-before-answers", hold, `knew of nothing in step ${step}, and its session had ended at ${end}`);
  }
}

/**
 * Those who contend, as somebody was told: each with its own czxid and session, and first come first; and what the one who asks held
 * all the while is there.
 * @throws Violation
 */
export function checkLooks(
  looks: readonly LookNote[],
  lives: readonly HoldLife[],
  places: Places,
  stepOf: ReadonlyMap<number, number>,
): void {
  for (const { queue, kind, session, begunStep, endStep, seen } of looks) {
    const own = lives.find(({ note, place }) => {
      const isHeld = note.takenStep <= begunStep && (stepOf.get(place.until) ?? Infinity) > endStep;
      return note.kind === kind && note.queue === queue && note.session === session && isHeld;
    });
    if (own !== undefined && seen.every(({ path }) => path !== own.place.path)) {
      throw new Violation("contenders", `a look at ${queue}, ended in step ${endStep}, leaves out ${own.place.path}`);
    }
    let last = 0;
    for (const { path, token, sessionId } of seen) {
      const place = places.below(queue).find((each) => each.path === path);
      const isRight = place?.from === token && place.owner === sessionId && token > last;
      if (!isRight) {
        const what = `${path} with ${token} of ${sessionId} behind ${last}`;
        throw new Violation("contenders", `a look at ${queue}, begun in step ${begunStep}, shows ${what}`);
      }
      last = token;
    }
  }
}

/** When nobody wants anything any more, nobody waits, and nothing is there. @throws Violation */
export function checkNothingLeft(book: RecipeBook, queues: readonly string[], timeline: Timeline): void {
  for (const { id, what, session, process, outcome } of book.waits) {
    if (process.isDead) continue;
    if (outcome === "open")
      throw new Violation("nothing-left", `wait ${id} (${what}) of ${session.client} has not ended`);
    const isOver = session.state === "lost" || session.state === "closed";
    if (outcome === "over" && !isOver)
      throw new Violation("waits-end", `wait ${id} (${what}) of ${session.client} was told of an end of its session`);
  }
  const markers = new Set<string>();
  for (const [path, { owner }] of timeline.model.nodes) {
    if (owner === null || !queues.some((queue) => path.startsWith(`${queue}/`))) continue;
    // A counter keeps one for its next change.
    const key = `${path.slice(0, path.lastIndexOf("/"))} ${owner}`;
    if (path.startsWith("/counter-") && path.endsWith("-marker") && !markers.has(key)) {
      markers.add(key);
      continue;
    }
    throw new Violation("nothing-left", `${path} of ${owner} is there, and nobody wants it`);
  }
}

function fail(rule: string, { kind, place, token, session }: HoldNote, what: string): never {
  throw new Violation(rule, `${kind} ${place} of ${session.client} with token ${token} ${what}`);
}
