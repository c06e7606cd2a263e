import type { CallNote } from "../client/notebook.ts";
import { failCall } from "./call-violation.ts";
import { seenAt } from "./seen.ts";
import type { Timeline } from "./timeline.ts";

interface Ended {
  readonly note: CallNote;
  /** The highest zxid that this call or one that ended before it had seen, and the one that had. */
  readonly highest: number;
  readonly witness: number;
}

/**
 * Writes, and what is read with a quorum's word or behind a sync, come after all that had ended before they began, also where they
 * were refused; a bounded read after what had ended so long before.
 *
 * @param bounds by call, the zxid that it had seen at least
 * @param done by call, the zxid of its effect
 * @throws Violation
 */
export function checkRealTime(
  calls: readonly CallNote[],
  timeline: Timeline,
  bounds: ReadonlyMap<number, number>,
  done: ReadonlyMap<number, number>,
): void {
  const ended = endedOf(calls, bounds);
  const synced = new Map<number, number>();
  for (const note of calls) {
    const { call, session, outcome, begunStep, begunMs } = note;
    const { highest, witness } = lastOf(ended, ({ endStep }) => endStep < begunStep);
    const zxid = done.get(note.id);
    if (zxid !== undefined && zxid <= highest) {
      const what = `has ${zxid}; ${highest} had been seen before it began, by call ${witness}`;
      failCall("writes-linearizable", note, what);
    }
    if (outcome !== "ok" && outcome !== "failed") continue;
    switch (call.kind) {
      case "sync":
        if (outcome === "ok") synced.set(session.index, highest);
        break;
      case "set":
      case "create":
      case "delete":
        seenAt(note, timeline, highest);
        break;
      case "get": {
        const { stalenessMaxMs } = call;
        const isFresh = ({ endMs, endStep }: CallNote): boolean =>
          endStep < begunStep && endMs <= begunMs - stalenessMaxMs;
        seenAt(note, timeline, Math.max(lastOf(ended, isFresh).highest, synced.get(session.index) ?? 0));
        break;
      }
      case "exists":
      case "children":
        seenAt(note, timeline, synced.get(session.index) ?? 0);
        break;
      default:
    }
  }
}

/** In the order in which they ended. */
function endedOf(calls: readonly CallNote[], bounds: ReadonlyMap<number, number>): readonly Ended[] {
  let highest = 0;
  let witness = -1;
  return calls
    .filter(({ id, endStep }) => bounds.has(id) && endStep >= 0)
    .toSorted((one, other) => one.endStep - other.endStep)
    .map((note) => {
      const bound = bounds.get(note.id)!;
      if (bound > highest) [highest, witness] = [bound, note.id];
      return { note, highest, witness };
    });
}

/** The last one that is before, where all that ended earlier are. */
function lastOf(ended: readonly Ended[], isBefore: (note: CallNote) => boolean): { highest: number; witness: number } {
  let low = 0;
  let high = ended.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(ended[middle]!.note)) low = middle + 1;
    else high = middle;
  }
  return ended[low - 1] ?? { highest: 0, witness: -1 };
}
