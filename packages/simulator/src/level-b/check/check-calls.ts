import { Violation } from "../../invariants/invariant.ts";
import type { CallNote, NotedCall } from "../client/notebook.ts";
import { type Effect, firstSeen, type Timeline } from "./timeline.ts";

/**
 * What clients were told against what was decided. Each value is written by one call, so that the log says which calls took
 * effect; a state has the zxid at which it began, so that reads need no zxid of their own: of all states that fit, the earliest
 * is taken, which is the one that forbids least.
 *
 * Sources: ZooKeeper's guarantees (linearizable writes, FIFO client order, single image); design, R7; fault-scenarios.md, CL-01.
 *
 * @throws Violation
 */
export function checkCalls(calls: readonly CallNote[], timeline: Timeline): void {
  const done = new Map<number, number>();
  for (const note of calls) checkEffects(note, timeline, done);
  checkOrderOfEffects(calls, timeline);
  checkSessions(calls, timeline, done);
}

/** The value that a call writes; null if it writes none. */
function valueOf(call: NotedCall): string | null {
  return "data" in call ? call.data : null;
}

/** At most once, if it is unknown; once, if it succeeded; never, if it failed. Writes the zxid of each into `done`. */
function checkEffects(note: CallNote, timeline: Timeline, done: Map<number, number>): void {
  const { call, outcome, result, session } = note;
  const value = valueOf(call);
  if (call.kind === "delete" && outcome === "ok" && !hasDelete(note, timeline)) {
    fail("acked-survives", note, "was answered, and took no effect");
  }
  if (value === null) return;
  const effects = timeline.effects.get(value) ?? [];
  const most = call.kind === "multi" ? 2 : 1;
  if (effects.length > most) fail("unknown-at-most-once", note, `took effect ${effects.length} times`);
  if (effects.length > 0 && effects.length < most) fail("multi-is-atomic", note, "took effect in part");
  if (effects.length > 0 && outcome === "failed")
    fail("unknown-at-most-once", note, `failed with ${note.code}, and took effect`);
  if (effects.some(({ sessionId }) => sessionId !== session.sessionId))
    fail("writes-linearizable", note, "is another session's");
  if (outcome !== "ok") return;
  const effect = effects[0];
  if (effect === undefined || result?.kind !== "written")
    return fail("acked-survives", note, "was answered, and took no effect");
  if (effects.some(({ zxid }) => zxid !== result.zxid))
    fail("writes-linearizable", note, `says ${result.zxid}, and was ${effect.zxid}`);
  done.set(note.id, result.zxid);
  checkResult(note, timeline, effects);
}

function checkResult(note: CallNote, timeline: Timeline, effects: readonly Effect[]): void {
  const { call, result } = note;
  if (result?.kind !== "written") return;
  if (call.kind === "create" || call.kind === "multi") {
    if (!effects.some(({ path }) => path === result.path)) fail("writes-linearizable", note, `says ${result.path}`);
    const isSequential = call.kind === "multi" || call.isSequential;
    const isRight = isSequential
      ? result.path.startsWith(call.path) && /^\d{10}$/.test(result.path.slice(call.path.length))
      : result.path === call.path;
    if (!isRight) fail("unique-sequence-names", note, `was given the name ${result.path}`);
  }
  if (call.kind === "create") return;
  const path = call.kind === "multi" ? call.setPath : result.path;
  const state = timeline.of(path).findLast(({ from }) => from === result.zxid);
  if (state?.node?.version !== result.version) {
    fail("writes-linearizable", note, `says version ${result.version}, where ${state?.node?.version} is right`);
  }
}

function hasDelete({ call, session }: CallNote, timeline: Timeline): boolean {
  if (call.kind !== "delete") return false;
  const asked = timeline.deletes.get(call.path) ?? [];
  return asked.some(({ sessionId }) => sessionId === session.sessionId);
}

/** What one session writes takes effect in the order in which it was asked for, whatever was answered. */
function checkOrderOfEffects(calls: readonly CallNote[], timeline: Timeline): void {
  const last = new Map<number, { readonly zxid: number; readonly note: CallNote }>();
  for (const note of calls) {
    const value = valueOf(note.call);
    const effect = value === null ? undefined : timeline.effects.get(value)?.[0];
    if (effect === undefined) continue;
    const before = last.get(note.session.index);
    if (before !== undefined && before.zxid >= effect.zxid) {
      fail("fifo-per-session", note, `has ${effect.zxid}, behind ${before.zxid} of call ${before.note.id}`);
    }
    last.set(note.session.index, { zxid: effect.zxid, note });
  }
}

/** Call by call in each session, what it must have seen; and across sessions, what had ended before. */
function checkSessions(calls: readonly CallNote[], timeline: Timeline, done: ReadonlyMap<number, number>): void {
  const bounds = new Map<number, number>();
  const lows = new Map<number, number>();
  for (const note of calls) {
    if (note.outcome !== "ok" && note.outcome !== "failed") continue;
    const { index } = note.session;
    const low = lows.get(index) ?? 0;
    const zxid = done.get(note.id);
    if (zxid !== undefined && zxid <= low)
      fail("fifo-per-session", note, `has ${zxid}; the session had seen ${low} before`);
    const seen = zxid ?? seenAt(note, timeline, low);
    // What is refused before it is sent is answered out of order, and tells nothing of any state.
    if (seen === null) continue;
    lows.set(index, seen);
    bounds.set(note.id, seen);
  }
  checkRealTime(calls, timeline, bounds, done);
}

/** The earliest state that a call can have been answered from. @throws Violation if there is none */
function seenAt(note: CallNote, timeline: Timeline, low: number): number | null {
  const { call, result, code } = note;
  if (call.kind === "children") {
    const names = result?.kind === "children" ? result.names.join() : null;
    if (names === null && code !== "NO_NODE") return null;
    const seen = firstSeen(timeline.childrenOf(call.path), low, (state) => (state.names?.join() ?? null) === names);
    return (
      seen ?? fail("reads-match-their-zxid", note, `gave ${JSON.stringify(result)}, which there was not since ${low}`)
    );
  }
  if (!("path" in call)) return null;
  const isSeen = expectationOf(note);
  if (isSeen === null) return null;
  const seen = firstSeen(timeline.of(call.path), low, isSeen);
  return (
    seen ??
    fail("reads-match-their-zxid", note, `gave ${code ?? JSON.stringify(result)}, which there was not since ${low}`)
  );
}

type State = ReturnType<Timeline["of"]>[number];

function expectationOf({ call, result, code }: CallNote): ((state: State) => boolean) | null {
  if (result?.kind === "data") {
    const { data, version, mzxid } = result;
    return ({ node }) => node !== null && node.data === data && node.version === version && node.mzxid === mzxid;
  }
  if (result?.kind === "exists") {
    return ({ node }) => node !== null && node.version === result.version && node.mzxid === result.mzxid;
  }
  if (result?.kind === "absent") return ({ node }) => node === null;
  // A sequential create names a prefix; a multi and what is guarded are about two paths.
  if (call.kind === "multi" || call.kind === "guarded" || (call.kind === "create" && code !== "NODE_EXISTS"))
    return null;
  if (code === "NO_NODE") return ({ node }) => node === null;
  if (code === "NODE_EXISTS") return ({ node }) => node !== null;
  if (code === "BAD_VERSION" && call.kind === "set")
    return ({ node }) => node !== null && node.version !== call.version;
  return null;
}

/** Writes, and what is read with a quorum's word or behind a sync, come after all that had ended before they began. */
function checkRealTime(
  calls: readonly CallNote[],
  timeline: Timeline,
  bounds: ReadonlyMap<number, number>,
  done: ReadonlyMap<number, number>,
): void {
  const ended = calls
    .filter(({ id, endStep }) => bounds.has(id) && endStep >= 0)
    .toSorted((a, b) => a.endStep - b.endStep);
  let highest = 0;
  let witness = -1;
  let at = 0;
  const synced = new Map<number, number>();
  for (const note of calls) {
    // Calls are in the order in which they were begun.
    for (; at < ended.length && ended[at]!.endStep < note.begunStep; at++) {
      const { id } = ended[at]!;
      if (bounds.get(id)! <= highest) continue;
      highest = bounds.get(id)!;
      witness = id;
    }
    const { call, session, outcome } = note;
    const zxid = done.get(note.id);
    if (zxid !== undefined && zxid <= highest) {
      fail("writes-linearizable", note, `has ${zxid}; ${highest} had been seen before it began, by call ${witness}`);
    }
    if (outcome !== "ok") continue;
    if (call.kind === "sync") synced.set(session.index, highest);
    if (call.kind === "get" && call.isLinearizable) seenAt(note, timeline, highest);
    else if (call.kind === "get" || call.kind === "exists" || call.kind === "children") {
      const low = synced.get(session.index);
      if (low !== undefined) seenAt(note, timeline, low);
    }
  }
}

function fail(rule: string, { id, session, call }: CallNote, what: string): never {
  throw new Violation(
    rule,
    `call ${id} (${JSON.stringify(call)}, ${session.client}, session ${session.sessionId}) ${what}`,
  );
}
