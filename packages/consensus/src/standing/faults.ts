import type { LogBatch, LogFault, LogPosition } from "@coterie/interface";
import type { Context } from "../context.ts";

/** Entries of this peer's own log turned out to be unreadable. It leads no more, and has them repaired (R4). */
export function noteFault(context: Context, fault: LogFault): void {
  const { history } = context;
  context.report("LOG_FAULTY", `entries after zxid ${fault.after.zxid} up to ${fault.upTo.zxid} cannot be read`);
  const isKnown = history.faults.some(
    (known) => known.after.zxid <= fault.after.zxid && known.upTo.zxid >= fault.upTo.zxid,
  );
  if (isKnown) return;
  const others = history.faults.filter(
    (known) => known.upTo.zxid <= fault.after.zxid || known.after.zxid >= fault.upTo.zxid,
  );
  history.faults = [...others, fault].sort((one, other) => one.after.zxid - other.after.zxid);
}

/** What is left of `faults` once the first of them is repaired up to `position`. */
export function withoutRepaired(faults: readonly LogFault[], position: LogPosition): readonly LogFault[] {
  const [first, ...others] = faults;
  if (first === undefined || position.zxid >= first.upTo.zxid) return others;
  return [{ after: { zxid: position.zxid, chainHash: position.chainHash }, upTo: first.upTo }, ...others];
}

/** A batch with a repair is synced. */
export function noteRepaired({ history }: Context, batch: LogBatch): void {
  for (const entry of batch.repair ?? []) {
    // A truncation on its way to the disk may have taken the fault, or the rest of it, out of the log already.
    const first = history.faults[0];
    if (first !== undefined && first.after.zxid < entry.zxid) history.faults = withoutRepaired(history.faults, entry);
  }
}
