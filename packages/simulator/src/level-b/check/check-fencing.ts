import { Violation } from "../../invariants/invariant.ts";
import type { CallNote } from "../client/notebook.ts";
import { EXCLUSIVE, type FencedNote } from "../recipes/recipe-book.ts";
import type { HoldLife } from "./places.ts";
import type { Timeline } from "./timeline.ts";

/**
 * What holders wrote, with a word of the ensemble that they hold, or with their token for somebody else's judgement: nothing that
 * was taken from one comes behind what was taken from its successor.
 *
 * Sources: docs/recipes/mutex.md (fencing, `guard`); fault-scenarios.md, LK-01.
 *
 * @throws Violation
 */
export function checkFencing(
  lives: readonly HoldLife[],
  calls: readonly CallNote[],
  fenced: readonly FencedNote[],
  timeline: Timeline,
): void {
  checkTokens(lives);
  const byPlace = new Map(lives.map((life) => [life.place.path, life]));
  checkGuarded(byPlace, calls, timeline);
  const lasts = new Map<string, HoldLife>();
  for (const { resource, hold, isTaken } of fenced) {
    if (isTaken && EXCLUSIVE.has(hold.kind)) follow(lasts, resource, byPlace.get(hold.place)!, "fenced");
  }
}

/** Of two holders of one thing the later one's token is larger. */
function checkTokens(lives: readonly HoldLife[]): void {
  const lasts = new Map<string, HoldLife>();
  for (const life of lives.toSorted((one, other) => one.turn - other.turn)) {
    const { note, turn } = life;
    if (!EXCLUSIVE.has(note.kind)) continue;
    const last = lasts.get(note.queue);
    if (last !== undefined && last.note.token >= note.token) {
      throw new Violation("tokens-grow", `${note.place} has ${note.token}; ${last.note.token} was before it`);
    }
    if (last !== undefined && last.place.until > turn) {
      throw new Violation("mutual-exclusion", `${last.note.place} and ${note.place} are held at ${turn}`);
    }
    lasts.set(note.queue, life);
  }
}

/** What is guarded took effect while its hold was there; of what excludes others, writes of two never interleave. */
function checkGuarded(byPlace: ReadonlyMap<string, HoldLife>, calls: readonly CallNote[], timeline: Timeline): void {
  const writes = calls.flatMap(({ id, call }) => {
    if (call.kind !== "guarded") return [];
    const effect = timeline.effects.get(call.data)?.[0];
    return effect === undefined ? [] : [{ id, path: call.path, zxid: effect.zxid, life: byPlace.get(call.place)! }];
  });
  const lasts = new Map<string, HoldLife>();
  for (const { id, path, zxid, life } of writes.toSorted((one, other) => one.zxid - other.zxid)) {
    const { place, turn, note } = life;
    if (zxid <= turn || zxid >= place.until) {
      const when = `held from ${turn} to ${place.until}`;
      throw new Violation("guarded", `call ${id} took effect at ${zxid}, guarded by ${place.path}, ${when}`);
    }
    if (EXCLUSIVE.has(note.kind)) follow(lasts, path, life, "guarded");
  }
}

/** The next write that `path` takes is by the same holder as the last one, or by a later one. */
function follow(lasts: Map<string, HoldLife>, path: string, life: HoldLife, rule: string): void {
  const last = lasts.get(path);
  if (last !== undefined && last.turn > life.turn) {
    const what = `a write of ${life.note.place} behind one of its successor ${last.note.place}`;
    throw new Violation(rule, `${path} has taken ${what}`);
  }
  lasts.set(path, life);
}
