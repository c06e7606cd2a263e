import { assert, type LogBatch, type LogFault, type LogPosition, positionOf, type Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { CheckpointPages, NewLeader, Repair, Sync, UpToDate } from "../message.ts";
import { withoutRepaired } from "../standing/faults.ts";
import { hearCommitted } from "./broadcast.ts";
import { disorder, type Incoming, type Learning } from "./learning.ts";

/** DIFF, TRUNC or SNAP, received: what this log has beyond the leader's goes, or the whole log does. */
export function handleSync(context: Context, role: Learning, message: Sync): void {
  if (role.phase !== "promised") return;
  if (message.clusterId !== context.hardState?.clusterId) {
    disorder(context, role);
    return;
  }
  if (message.mode === "checkpoint" && message.mark !== null) {
    if (!isPlaceFor(context, message.mark)) return;
    beginIncoming(context, role, message, message.mark);
    return;
  }
  if (isInside(role.faultsLeft, message.after)) {
    // More was damaged than one join repairs. What is repaired by now need not be told again.
    context.lookAgain();
    return;
  }
  if (!truncate(context, message.after)) return;
  context.setConfig(message.config);
  role.phase = "streaming";
}

/** Whether a store could not say what stands at the position. */
function isInside(faults: readonly LogFault[], { zxid }: LogPosition): boolean {
  return faults.some((fault) => fault.after.zxid < zxid && zxid < fault.upTo.zxid);
}

/** Whether another peer's checkpoint may take the place that it says: it never takes back what is committed. */
function isPlaceFor({ history, effects }: Context, mark: Incoming["mark"]): boolean {
  if (mark.kind === "covering" ? isShared(history, mark) : mark.zxid >= history.committed) return true;
  const details = `a ${mark.kind} checkpoint at zxid ${mark.zxid} does not fit a log committed up to ${history.committed}`;
  effects.push({ kind: "stop", code: "HISTORY_DIVERGED", details });
  return false;
}

/** Whether the position is one of this log, as far as that can be said without reading it. */
function isShared(history: Context["history"], position: LogPosition): boolean {
  const { zxid, chainHash } = position;
  if (isInside(history.faults, position)) return true;
  return history.has(zxid) && (history.find(zxid)?.chainHash ?? chainHash) === chainHash;
}

/** Whether the log could be cut there. It never is below what is committed: that would be the end of agreement. */
function truncate(context: Context, after: LogPosition): boolean {
  const { history } = context;
  const known = history.has(after.zxid) ? history.find(after.zxid) : null;
  const isElsewhere = known !== null && known.chainHash !== after.chainHash;
  if (!history.has(after.zxid) || after.zxid < history.committed || isElsewhere) {
    const details = `the leader's history leaves this one at zxid ${after.zxid}, where this peer has committed ${history.committed}`;
    context.effects.push({ kind: "stop", code: "HISTORY_DIVERGED", details });
    return false;
  }
  if (after.zxid === history.last.zxid) return true;
  history.truncateAfter(after);
  context.store.truncateAfter(after.zxid);
  return true;
}

function beginIncoming(context: Context, role: Learning, message: Sync, mark: Incoming["mark"]): void {
  role.phase = "receiving";
  role.incoming = { mark, hasDraft: false, received: 0, adding: 0, added: 0, waiting: [], isMarked: false };
  context.setConfig(message.config);
  context.store.dropOwnMark();
  maybeOpenDraft(context, role);
}

/** A mark of this peer's own that is on its way to the disk takes its draft with it; then the draft is free. */
export function maybeOpenDraft(context: Context, role: Learning): void {
  const { incoming } = role;
  if (incoming === null || incoming.hasDraft || context.store.inFlight?.checkpoint !== undefined) return;
  incoming.hasDraft = true;
  context.effects.push({ kind: "drop-pages" });
  addPages(context, incoming);
  maybeMark(context, role, incoming);
}

export function handleCheckpointPages(context: Context, role: Learning, message: CheckpointPages): void {
  const { incoming } = role;
  if (role.phase !== "receiving" || incoming === null) return;
  const end = message.first + message.pages.length;
  if (message.first !== incoming.received || end > incoming.mark.pageCount || message.pages.length === 0) {
    disorder(context, role);
    return;
  }
  incoming.received = end;
  incoming.waiting.push(message.pages);
  addPages(context, incoming);
}

function addPages(context: Context, incoming: Incoming): void {
  if (!incoming.hasDraft || incoming.adding > 0) return;
  const pages = incoming.waiting.shift();
  if (pages === undefined) return;
  incoming.adding = pages.length;
  context.effects.push({ kind: "add-pages", pages });
}

/** The pages are in the draft. */
export function handlePagesAdded(context: Context, role: Learning): void {
  const { incoming } = role;
  if (incoming === null || incoming.adding === 0) return;
  incoming.added += incoming.adding;
  incoming.adding = 0;
  context.send(role.link, { kind: "pages-taken", epoch: role.epoch, count: incoming.added });
  addPages(context, incoming);
  maybeMark(context, role, incoming);
}

/** All pages are here: one batch makes them the checkpoint, and the log begins there. */
function maybeMark(context: Context, role: Learning, incoming: Incoming): void {
  const { mark } = incoming;
  if (incoming.isMarked || incoming.added < mark.pageCount) return;
  incoming.isMarked = true;
  const position = positionOf(mark);
  context.store.mark(mark);
  if (mark.kind === "covering") {
    context.history.cover(position);
    role.phase = "covering";
    return;
  }
  context.history.startAnew(position);
  role.phase = "streaming";
}

/** The batch with another peer's checkpoint is synced: the state machine becomes what the checkpoint says. */
export function restoreIncoming(context: Context, batch: LogBatch): void {
  const mark = batch.checkpoint;
  if (mark?.kind !== "incoming" && mark?.kind !== "covering") return;
  // The damage was behind what the state machine has applied already: only the log needed the checkpoint.
  if (mark.kind === "covering" && context.history.delivered >= mark.zxid) return;
  context.deliveries = [];
  context.history.delivered = mark.zxid;
  context.history.applied = 0 as Zxid;
  context.effects.push({ kind: "restore", zxid: mark.zxid });
}

/** The log begins with the checkpoint now, and goes on beyond it: where it parts from the leader's is asked anew. */
export function maybeReportAgain(context: Context, role: Learning): void {
  if (role.phase === "covering" && context.store.isIdle) context.lookAgain();
}

/** The log begins later. If that took damage away of which the leader has been told, this peer reports anew. */
export function handlePurged(context: Context, base: LogPosition): void {
  const { history, role } = context;
  const { faults } = history;
  history.purge(base);
  const isSame = faults.length === history.faults.length && faults[0]?.after.zxid === history.faults[0]?.after.zxid;
  if (role.kind === "learning" && (role.phase === "promised" || role.phase === "receiving") && !isSame) {
    context.lookAgain();
  }
}

/** Unreadable entries come again, before anything else (R4). */
export function handleRepair(context: Context, role: Learning, message: Repair): void {
  const [fault] = role.faultsLeft;
  const last = message.entries.at(-1);
  if (role.phase !== "promised" || fault === undefined || last === undefined) return;
  const isThere = message.after.zxid === fault.after.zxid && message.after.chainHash === fault.after.chainHash;
  if (!isThere || last.zxid > fault.upTo.zxid) {
    disorder(context, role);
    return;
  }
  if (last.zxid === fault.upTo.zxid && last.chainHash !== fault.upTo.chainHash) {
    const details = `the entry at zxid ${last.zxid} is not the one that this peer had`;
    context.effects.push({ kind: "stop", code: "HISTORY_DIVERGED", details });
    return;
  }
  context.store.repair(message.after, message.entries);
  context.history.learnEnds(message.entries);
  role.faultsLeft = withoutRepaired(role.faultsLeft, last);
}

/** NEWLEADER, received: with the epoch's whole history, its number goes to the disk, after it or with it (4643). */
export function handleNewLeader(context: Context, role: Learning, message: NewLeader): void {
  if (role.phase !== "streaming") return;
  if (context.history.last.zxid < message.last) {
    disorder(context, role);
    return;
  }
  role.phase = "accepting";
  role.newLeaderLast = message.last;
  if (context.hardState?.currentEpoch !== role.epoch) {
    const acceptedEpoch = Math.max(context.acceptedEpoch, role.epoch) as typeof role.epoch;
    context.setHardState({ currentEpoch: role.epoch, acceptedEpoch });
  }
  role.newLeaderChange = context.store.begun;
  maybeAckNewLeader(context, role);
}

/** ACK of NEWLEADER: only when all of it is on disk (R1, 3911, 4646). */
export function maybeAckNewLeader(context: Context, role: Learning): void {
  const { history, store } = context;
  if (role.phase !== "accepting" || store.finished < role.newLeaderChange) return;
  assert(store.durable?.currentEpoch === role.epoch, "the epoch is on disk with all that came before it");
  if (history.faults.length > 0) {
    // More was damaged than one join repairs.
    if (store.isIdle) context.lookAgain();
    return;
  }
  if (history.synced < role.newLeaderLast) return;
  role.phase = "joined";
  role.acked = history.synced;
  context.send(role.link, { kind: "ack-new-leader", epoch: role.epoch, last: history.synced });
}

/** UPTODATE, received: once all this is applied, sessions may be served. */
export function handleUpToDate(context: Context, role: Learning, message: UpToDate): void {
  if (role.phase !== "joined" || role.serveFrom !== null) return;
  role.serveFrom = message.committed;
  context.shunned.delete(role.leader);
  hearCommitted(context, role, message.committed);
}
