import { Violation } from "../../invariants/invariant.ts";
import type { CallNote, WatchNote } from "../client/notebook.ts";
import type { PathState, Timeline } from "./timeline.ts";

/**
 * A watch tells each change once, in order, as what it was; what may be missing has a gap in its place. A change that a later read of
 * the session shows was told before. And a watch that is still there in the end has told the last change.
 *
 * Source: ZooKeeper's guarantees (a watch event comes before the new data); fault-scenarios.md, WA-01, WA-04; Watch in @coterie/session.
 *
 * @throws Violation
 */
export function checkWatches(
  watches: readonly WatchNote[],
  calls: readonly CallNote[],
  timeline: Timeline,
  stepOf: ReadonlyMap<number, number>,
  isHeldToTheEnd: (watch: WatchNote) => boolean,
): void {
  for (const watch of watches) {
    const changes = timeline.of(watch.path).filter(({ from }) => from > 0);
    checkEvents(watch, changes);
    if (watch.once && watch.events.length > 1) fail(watch, "tells more than once");
    checkBeforeData(watch, changes, calls, stepOf);
    if (isHeldToTheEnd(watch)) checkEnd(watch, changes, stepOf);
  }
}

function checkEvents(watch: WatchNote, changes: readonly PathState[]): void {
  /** Where in `changes` the next event has to be; null where any later one will do. */
  let next: number | null = null;
  let lowest = 0;
  for (const { kind, zxid } of watch.events) {
    if (kind === "gap") {
      next = null;
      continue;
    }
    if (kind === "children-changed") continue;
    const at = changes.findIndex((change, index) => index >= lowest && change.from === zxid && change.event === kind);
    if (at < 0) fail(watch, `tells ${kind} at ${zxid}, which did not happen, or had been told`);
    if (next !== null && at !== next)
      fail(watch, `tells ${kind} at ${zxid}, and not what had changed at ${changes[next]?.from}`);
    next = at + 1;
    lowest = at + 1;
  }
}

/** Only reads that began when it was armed, of values that were written by calls that began then: armed before, for certain. */
function checkBeforeData(
  watch: WatchNote,
  changes: readonly PathState[],
  calls: readonly CallNote[],
  stepOf: ReadonlyMap<number, number>,
): void {
  if (watch.armedStep < 0 || watch.once) return;
  const written = new Map<string, CallNote>();
  for (const note of calls)
    if (note.call.kind === "set" && note.begunStep > watch.armedStep) written.set(note.call.data, note);
  for (const note of calls) {
    const { session, call, result, begunStep, endStep, outcome } = note;
    if (session !== watch.session || call.kind !== "get" || call.path !== watch.path || outcome !== "ok") continue;
    if (begunStep <= watch.armedStep || result?.kind !== "data" || !written.has(result.data)) continue;
    const { mzxid } = result;
    const isTold = watch.events.some(({ kind, zxid, step }) => {
      // A gap stands for what there was before it was told.
      return step <= endStep && (kind === "gap" ? (stepOf.get(mzxid) ?? Infinity) <= step : zxid >= mzxid);
    });
    const isKnown = changes.some(({ from }) => from === mzxid);
    if (isKnown && !isTold && !watch.isOver) fail(watch, `has not told ${mzxid}, which call ${note.id} has shown`);
  }
}

/** The last change has been told if it came after the watch was armed, and after the last gap. */
function checkEnd(watch: WatchNote, changes: readonly PathState[], stepOf: ReadonlyMap<number, number>): void {
  const told = watch.events.filter(({ kind }) => kind !== "children-changed");
  const change = changes.at(-1);
  if (change === undefined || (watch.once && told.length > 0)) return;
  const sinceStep = told.findLast(({ kind }) => kind === "gap")?.step ?? watch.armedStep;
  if (told.at(-1)?.zxid === change.from || (stepOf.get(change.from) ?? 0) <= sinceStep) return;
  fail(watch, `has told ${told.at(-1)?.zxid ?? "nothing"} last; the last change was ${change.from}`);
}

function fail({ session, path, armedStep }: WatchNote, what: string): never {
  throw new Violation(
    "watch-before-data",
    `the watch of ${path} of ${session.client}, armed in step ${armedStep}, ${what}`,
  );
}
