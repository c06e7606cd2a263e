import type { LogEntry, LogReading, Zxid } from "@coterie/interface";
import { type Context } from "../context.ts";
import { noteFault } from "../standing/faults.ts";

const READ_SIZE_MAX_BYTES = 2 ** 20;

/**
 * Gives the state machine what is committed and stands in this peer's own synced log, and nothing else (design, decision
 * 3). From memory, or from the log where memory does not go back so far.
 */
export function deliver(context: Context): void {
  const { history } = context;
  while (!context.isReadingForDelivery) {
    const upTo = deliverableUpTo(context);
    const room = roomOf(context);
    if (history.delivered >= upTo || room <= 0 || history.delivered < history.base.zxid) return;
    const entries = history.entriesAfter(history.delivered, upTo, READ_SIZE_MAX_BYTES);
    if (entries === null) {
      readForDelivery(context, upTo);
      return;
    }
    if (entries.length === 0) return;
    give(context, entries, room);
  }
}

function deliverableUpTo({ history }: Context): Zxid {
  const upTo = Math.min(history.committed, history.synced) as Zxid;
  const fault = history.faults[0];
  return fault === undefined ? upTo : (Math.min(upTo, fault.after.zxid) as Zxid);
}

/** How many more entries the state machine may be given before it has applied some. */
function roomOf({ options, deliveries }: Context): number {
  let room = options.limits.deliveriesInFlightMax;
  for (const delivery of deliveries) room -= delivery.count;
  return room;
}

/** What there is no room for is looked up again when there is. */
function give(context: Context, found: readonly LogEntry[], room: number): void {
  const entries = found.length > room ? found.slice(0, room) : found;
  const last = entries.at(-1);
  if (last === undefined) return;
  context.history.delivered = last.zxid;
  context.deliveries.push({ zxid: last.zxid, count: entries.length });
  context.effects.push({ kind: "deliver", entries });
}

function readForDelivery(context: Context, upTo: Zxid): void {
  const { delivered } = context.history;
  context.isReadingForDelivery = true;
  context.readLog({ after: delivered, upTo }, READ_SIZE_MAX_BYTES, (_, result) => {
    context.isReadingForDelivery = false;
    // A checkpoint may have come in meanwhile.
    if (context.history.delivered === delivered) takeReading(context, result);
  });
}

function takeReading(context: Context, result: LogReading): void {
  if (result.kind === "entries") {
    // The log may have been cut while it was read; nothing that is committed was.
    const upTo = deliverableUpTo(context);
    const entries = result.entries.filter((entry) => entry.zxid <= upTo);
    give(context, entries, roomOf(context));
    return;
  }
  if (result.kind === "faulty") {
    noteFault(context, result.fault);
    context.lookAgain();
  }
}

/** The state machine has applied everything up to `zxid`. */
export function noteApplied(context: Context, zxid: Zxid): void {
  const { history } = context;
  // Beyond what was delivered is what was applied before a restore: it is not in the state any more.
  if (zxid <= history.applied || zxid > history.delivered) return;
  history.applied = zxid;
  while ((context.deliveries[0]?.zxid ?? Infinity) <= zxid) context.deliveries.shift();
}
