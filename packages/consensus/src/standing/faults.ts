import type { LogFault } from "@coterie/interface";
import type { Context } from "../context.ts";

/** Entries of this peer's own log turned out to be unreadable. It leads no more, and has them repaired (R4). */
export function noteFault(context: Context, fault: LogFault): void {
  const { history } = context;
  context.report("LOG_FAULTY", `entries after zxid ${fault.after.zxid} up to ${fault.upTo.zxid} cannot be read`);
  const isKnown = history.faults.some((known) => known.after.zxid <= fault.after.zxid && known.upTo.zxid >= fault.upTo.zxid);
  if (isKnown) return;
  const others = history.faults.filter((known) => known.upTo.zxid <= fault.after.zxid || known.after.zxid >= fault.upTo.zxid);
  history.faults = [...others, fault].sort((one, other) => one.after.zxid - other.after.zxid);
}
