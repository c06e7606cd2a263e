import { type LogBatch, type LogFault, type LogPosition, positionOf } from "@coterie/interface";
import type { Context } from "../context.ts";

/** Entries of this peer's own log turned out to be unreadable. It leads no more, and has them repaired (R4). */
export function noteFault(context: Context, fault: LogFault): void {
  const { history, store } = context;
  const { base } = history;
  // A reading may have begun before the log was purged, or cut and gone on from there in a later epoch.
  let after = fault.after.zxid < base.zxid ? base : fault.after;
  let upTo = history.has(fault.upTo.zxid) ? fault.upTo : history.endBefore(fault.upTo.zxid);
  if (after.zxid >= upTo.zxid) return;
  context.report("LOG_FAULTY", `entries after zxid ${fault.after.zxid} up to ${fault.upTo.zxid} cannot be read`);
  const others: LogFault[] = [];
  for (const known of history.faults) {
    // Faults that touch are one, here as in the store, which repairs each from its beginning.
    if (known.upTo.zxid < after.zxid || known.after.zxid > upTo.zxid) {
      others.push(known);
      continue;
    }
    if (known.after.zxid < after.zxid) after = known.after;
    if (known.upTo.zxid > upTo.zxid) upTo = known.upTo;
  }
  history.faults = [...others, { after, upTo }].sort((one, other) => one.after.zxid - other.after.zxid);
  store.dropRepairs();
}

/** What is left of `faults` once the first of them is repaired up to `position`. */
export function withoutRepaired(faults: readonly LogFault[], position: LogPosition): readonly LogFault[] {
  const [first, ...others] = faults;
  if (first === undefined || position.zxid >= first.upTo.zxid) return others;
  return [{ after: positionOf(position), upTo: first.upTo }, ...others];
}

/** A batch with a repair, of the fault behind `after`, is synced. */
export function noteRepaired({ history }: Context, batch: LogBatch, after: LogPosition | null): void {
  const last = batch.repair?.at(-1);
  if (after === null || last === undefined) return;
  // Since it was begun a purge may have taken the fault's beginning away, a truncation all of it; or one has been found
  // that it is a part of.
  const begin = after.zxid < history.base.zxid ? history.base : after;
  const index = history.faults.findIndex(
    (fault) => fault.after.zxid === begin.zxid && fault.after.chainHash === begin.chainHash,
  );
  if (index === -1) return;
  history.faults = [...history.faults.slice(0, index), ...withoutRepaired(history.faults.slice(index), last)];
}
