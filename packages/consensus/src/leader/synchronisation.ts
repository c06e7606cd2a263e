import { assert, type LogPosition, positionOf, type Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import { maybeTransfer } from "./checkpoint-transfer.ts";
import { maybeEstablish } from "./establishment.ts";
import { entriesOrGiveUp } from "./learner-reading.ts";
import { sendSync } from "./send-sync.ts";
import { dropLearner, type Leading, type Learner } from "./leading.ts";

/** A quorum has promised the epoch: this peer's log is its history, and every learner's log becomes that. */
export function startSynchronisation(context: Context, role: Leading): void {
  role.phase = "synchronisation";
  role.idleTicks = 0;
  context.setHardState({ currentEpoch: role.epoch });
  for (const learner of role.learners.values()) {
    if (learner.phase === "promised") synchronise(context, role, learner);
  }
  maybeEstablish(context, role);
}

/** DIFF, TRUNC or SNAP: by where the logs part, and by how far back this one goes. */
export function synchronise(context: Context, role: Leading, learner: Learner): void {
  const { log } = learner;
  assert(log !== null, "the learner has told its log");
  const common = lastCommonWith(context, log);
  learner.common = common;
  const oldestFault = learner.faults[0];
  const isTooFarBack = oldestFault !== undefined && oldestFault.after.zxid < context.history.base.zxid;
  if (common === null || isTooFarBack) {
    learner.phase = "waiting";
    maybeTransfer(context, role);
    return;
  }
  learner.phase = "locating";
  const position = context.history.find(common);
  if (position !== null) begin(context, role, learner, position);
  else locate(context, role, learner, common);
}

/** Ends of epochs can be lost inside a fault, or be too many to tell; what the learner has committed is shared anyway. */
function lastCommonWith({ history }: Context, log: NonNullable<Learner["log"]>): Zxid | null {
  const common = history.lastCommonWith(log.base, log.epochEnds);
  if (common !== null && common >= log.committed) return common;
  return history.has(log.committed) ? log.committed : common;
}

/** The hash at `common` has left memory. */
function locate(context: Context, role: Leading, learner: Learner, common: Zxid): void {
  const range = { after: (common - 1) as Zxid, upTo: common };
  learner.reading = context.readLog(range, 1, (_, result) => {
    learner.reading = null;
    const entry = entriesOrGiveUp(context, role, learner, result)?.[0];
    if (entry !== undefined) begin(context, role, learner, positionOf(entry));
  });
}

function begin(context: Context, role: Leading, learner: Learner, position: LogPosition): void {
  const theirs = learner.log?.epochEnds.find((end) => end.zxid === position.zxid);
  if (theirs !== undefined && theirs.chainHash !== position.chainHash) {
    context.report("LOG_FAULTY", `peer ${learner.peer} has another history up to zxid ${position.zxid}`);
    dropLearner(context, role, learner, "refused");
    return;
  }
  repairNext(context, role, learner, position);
}

/** The learner's unreadable entries up to where the logs part come first; what is beyond is truncated anyway (R4). */
function repairNext(context: Context, role: Leading, learner: Learner, position: LogPosition): void {
  const fault = learner.faults[0];
  if (fault === undefined || fault.after.zxid >= position.zxid) {
    beginStream(context, role, learner, position);
    return;
  }
  learner.phase = "repairing";
  const upTo = Math.min(fault.upTo.zxid, position.zxid) as Zxid;
  const range = { after: fault.after.zxid, upTo };
  learner.reading = context.readLog(range, context.options.limits.frameSizeTargetBytes, (_, result) => {
    learner.reading = null;
    const entries = entriesOrGiveUp(context, role, learner, result);
    const last = entries?.at(-1);
    if (entries === null || last === undefined) return;
    context.send(learner.link, { kind: "repair", epoch: role.epoch, after: fault.after, entries });
    const rest = { after: positionOf(last), upTo: fault.upTo };
    learner.faults = last.zxid >= upTo ? learner.faults.slice(1) : [rest, ...learner.faults.slice(1)];
    repairNext(context, role, learner, position);
  });
}

function beginStream(context: Context, role: Leading, learner: Learner, position: LogPosition): void {
  sendSync(context, role, learner, position);
  learner.phase = "streaming";
  learner.sent = position;
}
