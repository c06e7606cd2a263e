import type { CallNote, NotedCall } from "../client/notebook.ts";
import { failCall } from "./call-violation.ts";
import { checkDeletes } from "./check-deletes.ts";
import { checkRealTime } from "./check-real-time.ts";
import { seenAt } from "./seen.ts";
import type { Effect, Timeline } from "./timeline.ts";

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
  checkDeletes(calls, timeline, done);
  checkOrderOfEffects(calls, timeline, done);
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
  if (value === null) return;
  const effects = timeline.effects.get(value) ?? [];
  const most = call.kind === "multi" ? 2 : 1;
  if (effects.length > most) failCall("unknown-at-most-once", note, `took effect ${effects.length} times`);
  if (effects.length > 0 && effects.length < most) failCall("multi-is-atomic", note, "took effect in part");
  if (effects.length > 0 && outcome === "failed")
    failCall("unknown-at-most-once", note, `failed with ${note.code}, and took effect`);
  if (effects.some(({ sessionId }) => sessionId !== session.sessionId))
    failCall("writes-linearizable", note, "is another session's");
  for (const effect of effects) checkCondition(note, timeline, effect);
  if (outcome !== "ok") return;
  const effect = effects[0];
  if (effect === undefined || result?.kind !== "written")
    return failCall("acked-survives", note, "was answered, and took no effect");
  if (effects.some(({ zxid }) => zxid !== result.zxid))
    failCall("writes-linearizable", note, `says ${result.zxid}, and was ${effect.zxid}`);
  done.set(note.id, result.zxid);
  checkResult(note, timeline, effects);
}

/** Whatever was answered, a set took effect on the version that it was for. */
function checkCondition(note: CallNote, timeline: Timeline, { path, zxid }: Effect): void {
  const { call } = note;
  if (call.kind !== "set" || call.version === -1) return;
  const version = timeline.of(path).findLast(({ from }) => from === zxid)?.node?.version;
  if (version === call.version + 1) return;
  failCall("compare-and-set", note, `was for version ${call.version}, and made ${version}`);
}

function checkResult(note: CallNote, timeline: Timeline, effects: readonly Effect[]): void {
  const { call, result } = note;
  if (result?.kind !== "written") return;
  if (call.kind === "create" || call.kind === "multi") {
    if (!effects.some(({ path }) => path === result.path)) failCall("writes-linearizable", note, `says ${result.path}`);
    const isSequential = call.kind === "multi" || call.isSequential;
    const isRight = isSequential
      ? result.path.startsWith(call.path) && /^\d{10}$/.test(result.path.slice(call.path.length))
      : result.path === call.path;
    if (!isRight) failCall("unique-sequence-names", note, `was given the name ${result.path}`);
  }
  if (call.kind === "create") return;
  const path = call.kind === "multi" ? call.setPath : result.path;
  const state = timeline.of(path).findLast(({ from }) => from === result.zxid);
  if (state?.node?.version !== result.version) {
    failCall("writes-linearizable", note, `says version ${result.version}, where ${state?.node?.version} is right`);
  }
}

/** What one session writes takes effect in the order in which it was asked for, whatever was answered. */
function checkOrderOfEffects(calls: readonly CallNote[], timeline: Timeline, done: ReadonlyMap<number, number>): void {
  const last = new Map<number, { readonly zxid: number; readonly note: CallNote }>();
  for (const note of calls) {
    const value = valueOf(note.call);
    const zxid = value === null ? done.get(note.id) : timeline.effects.get(value)?.[0]?.zxid;
    if (zxid === undefined) continue;
    const before = last.get(note.session.index);
    if (before !== undefined && before.zxid >= zxid) {
      failCall("fifo-per-session", note, `has ${zxid}, behind ${before.zxid} of call ${before.note.id}`);
    }
    last.set(note.session.index, { zxid, note });
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
      failCall("fifo-per-session", note, `has ${zxid}; the session had seen ${low} before`);
    const seen = zxid ?? seenAt(note, timeline, low);
    // What is refused before it is sent is answered out of order, and tells nothing of any state.
    if (seen === null) continue;
    lows.set(index, seen);
    bounds.set(note.id, seen);
  }
  checkRealTime(calls, timeline, bounds, done);
}
