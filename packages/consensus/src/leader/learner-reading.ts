import type { LogEntry, LogReading } from "@coterie/interface";
import type { Context } from "../context.ts";
import { noteFault } from "../standing/faults.ts";
import { dropLearner, type Leading, type Learner } from "./leading.ts";

/** What a reading for a learner gave; null if the learner, or this leadership, had to be given up for it. */
export function entriesOrGiveUp(
  context: Context,
  role: Leading,
  learner: Learner,
  result: LogReading,
): readonly LogEntry[] | null {
  if (result.kind === "entries" && result.entries.length > 0) return result.entries;
  if (result.kind === "faulty") {
    // This peer's own log is damaged: somebody else has to lead and to repair it (R4).
    noteFault(context, result.fault);
    context.lookAgain();
  } else {
    dropLearner(context, role, learner, "refused");
  }
  return null;
}
