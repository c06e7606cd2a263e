import type { CallNote } from "../client/notebook.ts";
import { failCall } from "./call-violation.ts";
import type { Timeline } from "./timeline.ts";

/**
 * Of one path and one session: each delete that was answered is in the log, those that are unknown at most once, and those that
 * failed are not. Where none is unknown it is known which is which: writes the zxid of each into `done`.
 *
 * @throws Violation
 */
export function checkDeletes(calls: readonly CallNote[], timeline: Timeline, done: Map<number, number>): void {
  for (const [path, asked] of deletesByPath(calls)) {
    const effects = timeline.deletes.get(path) ?? [];
    for (const index of new Set(asked.map(({ session }) => session.index))) {
      const own = asked.filter(({ session }) => session.index === index);
      const zxids = effects.filter(({ sessionId }) => sessionId === own[0]!.session.sessionId).map(({ zxid }) => zxid);
      const told = own.filter(({ outcome }) => outcome === "ok");
      const most = own.filter(({ outcome }) => outcome !== "failed").length;
      if (zxids.length < told.length) failCall("acked-survives", told.at(-1)!, "was answered, and took no effect");
      if (zxids.length > most) {
        failCall(
          "unknown-at-most-once",
          own.at(-1)!,
          `and those before it took effect ${zxids.length} times, not ${most}`,
        );
      }
      if (most > told.length) continue;
      for (const [at, { id }] of told.entries()) done.set(id, zxids[at]!);
    }
  }
}

function deletesByPath(calls: readonly CallNote[]): ReadonlyMap<string, readonly CallNote[]> {
  const asked = new Map<string, CallNote[]>();
  for (const note of calls) {
    if (note.call.kind !== "delete") continue;
    const { path } = note.call;
    const notes = asked.get(path) ?? [];
    asked.set(path, notes);
    notes.push(note);
  }
  return asked;
}
