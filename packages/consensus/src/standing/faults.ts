import { type LogBatch, type LogFault, type LogPosition, positionOf } from "@coterie/interface";
import type { Context } from "../context.ts";

/** Entries of this peer's own log turned out to be unreadable. It leads no more, and has them repaired (R4). */
export function noteFault(context: Context, fault: LogFault): void {
  const { history } = context;
  context.report("LOG_FAULTY", `entries after zxid ${fault.after.zxid} up to ${fault.upTo.zxid} cannot be read`);
  let { after, upTo } = fault;
  const others: LogFault[] = [];
  for (const known of history.faults) {
    if (known.upTo.zxid <= after.zxid || known.after.zxid >= upTo.zxid) {
      others.push(known);
      continue;
    }
    if (known.after.zxid < after.zxid) after = known.after;
    if (known.upTo.zxid > upTo.zxid) upTo = known.upTo;
  }
  history.faults = [...others, { after, upTo }].sort((one, other) => one.after.zxid - other.after.zxid);
}

/** What is left of `faults` once the first of them is repaired up to `position`. */
export function withoutRepaired(faults: readonly LogFault[], position: LogPosition): readonly LogFault[] {
  const [first, ...others] = faults;
  if (first === undefined || position.zxid >= first.upTo.zxid) return others;
  return [{ after: positionOf(position), upTo: first.upTo }, ...others];
}

/** A batch with a repair is synced. */
export function noteRepaired({ history }: Context, batch: LogBatch): void {
  for (const entry of batch.repair ?? []) {
    // A truncation on its way to the disk may have taken the fault, or the rest of it, out of the log already.
    const first = history.faults[0];
    if (first !== undefined && first.after.zxid < entry.zxid) history.faults = withoutRepaired(history.faults, entry);
  }
}
