import { Violation } from "../../invariants/invariant.ts";
import type { SharedNote } from "../recipes/recipe-book.ts";
import type { PathState, Timeline } from "./timeline.ts";

interface Change {
  readonly zxid: number;
  readonly sessionId: string | null;
  readonly state: PathState;
}

/**
 * Counters and barriers against the log: each change that was answered is there once, one that failed is not, an unknown one is
 * there at most once, and there are no others. Who passes a barrier has seen that it is not there.
 *
 * Sources: docs/recipes/counter.md, docs/recipes/barrier.md; fault-scenarios.md, CL-01.
 *
 * @throws Violation
 */
export function checkShared(
  shared: readonly SharedNote[],
  timeline: Timeline,
  stepOf: ReadonlyMap<number, number>,
): void {
  for (const path of new Set(shared.map((note) => note.path))) {
    const notes = shared.filter((note) => note.path === path);
    const changes = timeline
      .of(path)
      .filter(({ from }) => from > 0)
      .map((state) => ({ zxid: state.from, sessionId: askerOf(path, state, timeline), state }));
    checkAdds(path, notes, changes, stepOf);
    checkOnce("set", "created", path, notes, changes);
    checkOnce("remove", "deleted", path, notes, changes);
    checkPasses(path, notes, changes, stepOf);
    checkDone(path, notes, timeline.of(path), stepOf);
  }
}

function askerOf(path: string, { from, event, node }: PathState, timeline: Timeline): string | null {
  const made = event === "deleted" ? timeline.deletes.get(path) : timeline.effects.get(node?.data ?? "");
  return made?.find((effect) => effect.zxid === from && effect.path === path)?.sessionId ?? null;
}

/** Counts are positive, so that no value comes twice. */
function checkAdds(
  path: string,
  notes: readonly SharedNote[],
  changes: readonly Change[],
  stepOf: ReadonlyMap<number, number>,
): void {
  const adds = notes.filter(({ kind }) => kind === "add");
  const left = new Map<string, number>();
  const answered = new Map(adds.filter(({ outcome }) => outcome === "ok").map((note) => [note.result, note]));
  for (const { session, count, outcome } of adds) {
    const key = `${session.sessionId} ${count}`;
    if (outcome === "unknown" || outcome === "open") left.set(key, (left.get(key) ?? 0) + 1);
  }
  let value = 0;
  for (const { zxid, sessionId, state } of changes) {
    if (state.event !== "data-changed") continue;
    const before = value;
    value = Number(state.node?.data);
    const note = answered.get(value);
    const key = `${sessionId} ${value - before}`;
    const isAnswered = note !== undefined && note.count === value - before && note.session.sessionId === sessionId;
    const isInTime = isAnswered && (stepOf.get(zxid) ?? Infinity) <= note.endStep;
    if (isAnswered && isInTime) answered.delete(value);
    else if ((left.get(key) ?? 0) > 0) left.set(key, left.get(key)! - 1);
    else
      throw new Violation("exactly-once", `${path} went from ${before} to ${value} at ${zxid}, which nobody asked for`);
  }
  for (const { count, result, session } of answered.values()) {
    throw new Violation("exactly-once", `${session.client} added ${count} to ${path}, was told ${result}, and did not`);
  }
}

/** One session makes no more changes of a kind than it was asked for, and was not told to have failed. */
function checkOnce(
  kind: "set" | "remove",
  event: "created" | "deleted",
  path: string,
  notes: readonly SharedNote[],
  changes: readonly Change[],
): void {
  // A counter's znode is created beside its first change.
  if (notes.every((note) => note.kind === "add")) return;
  const left = new Map<string, number>();
  for (const { kind: each, session, outcome } of notes) {
    if (each === kind && outcome !== "failed") left.set(session.sessionId, (left.get(session.sessionId) ?? 0) + 1);
  }
  for (const { zxid, sessionId, state } of changes) {
    if (state.event !== event) continue;
    const count = left.get(String(sessionId)) ?? 0;
    if (count === 0)
      throw new Violation("exactly-once", `${path} was ${event} at ${zxid} by ${sessionId}, once too often`);
    left.set(String(sessionId), count - 1);
  }
}

/** What was set was there while that was done, and what was removed was not. */
function checkDone(
  path: string,
  notes: readonly SharedNote[],
  states: readonly PathState[],
  stepOf: ReadonlyMap<number, number>,
): void {
  const stepAt = (at: number): number => (at < states.length ? (stepOf.get(states[at]!.from) ?? 0) : Infinity);
  for (const { kind, outcome, begunStep, endStep, session } of notes) {
    if (outcome !== "ok" || (kind !== "set" && kind !== "remove")) continue;
    const isDone = states.some(({ node }, at) => {
      return (node !== null) === (kind === "set") && stepAt(at) <= endStep && stepAt(at + 1) >= begunStep;
    });
    if (isDone) continue;
    throw new Violation(
      "barrier",
      `${session.client} was told in step ${endStep} of a ${kind} of ${path}, which was not`,
    );
  }
}

/** There was no barrier at some moment that is not older than what this session must have known when it began to wait. */
function checkPasses(
  path: string,
  notes: readonly SharedNote[],
  changes: readonly Change[],
  stepOf: ReadonlyMap<number, number>,
): void {
  const sets = changes.filter(({ state }) => state.event === "created");
  const gaps = [{ zxid: 0 }, ...changes.filter(({ state }) => state.event === "deleted")].map(({ zxid: from }) => ({
    fromStep: from === 0 ? 0 : (stepOf.get(from) ?? Infinity),
    end: sets.find(({ zxid }) => zxid > from),
  }));
  const toldStep = ({ zxid, sessionId }: Change): number => {
    const step = stepOf.get(zxid) ?? Infinity;
    const told = notes.filter(
      ({ kind, session, outcome, begunStep, endStep }) =>
        kind === "set" && outcome === "ok" && session.sessionId === sessionId && begunStep <= step && endStep >= step,
    );
    return Math.min(Infinity, ...told.map(({ endStep }) => endStep));
  };
  for (const { kind, outcome, count: syncedStep, endStep, session } of notes) {
    if (kind !== "pass" || outcome !== "ok") continue;
    const isFree = gaps.some(({ fromStep, end }) => {
      return fromStep <= endStep && (end === undefined || toldStep(end) >= syncedStep);
    });
    if (isFree) continue;
    const what = `${session.client} has passed ${path} in step ${endStep}`;
    throw new Violation("barrier", `${what}: it was set before step ${syncedStep}, and never removed since`);
  }
}
