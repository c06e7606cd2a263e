import type { Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Confirmed, Ping, Propose } from "../message.ts";
import { disorder, type Learning } from "./learning.ts";

/** PROPOSAL, received: history or news, in the log's order. A gap or another history ends the link (zab.md 7). */
export function handlePropose(context: Context, role: Learning, message: Propose): void {
  if (role.phase === "reporting" || role.phase === "promising" || role.phase === "promised") return;
  const { history } = context;
  const isNext = message.after.zxid === history.last.zxid && message.after.chainHash === history.last.chainHash;
  if (role.phase === "receiving" || !isNext) {
    disorder(context, role);
    return;
  }
  context.appendToLog(message.entries);
  hearCommitted(context, role, message.committed);
}

/** COMMIT, received, alone or with something else. What is not here yet is committed when it comes. */
export function hearCommitted(context: Context, role: Learning, zxid: Zxid): void {
  if (zxid > role.committedHeard) role.committedHeard = zxid;
  const hasLog = role.phase === "streaming" || role.phase === "accepting" || role.phase === "joined";
  if (!hasLog) return;
  const { history } = context;
  const known = Math.min(role.committedHeard, history.last.zxid) as Zxid;
  if (known > history.committed && history.has(known)) history.committed = known;
}

/** PING, received: the answer carries the sessions that were touched. */
export function handlePing(context: Context, role: Learning, message: Ping): void {
  role.pingRound = message.round;
  for (const mark of message.marks) if (context.quorum.isVoter(mark.peer)) context.marks.learn(mark);
  hearCommitted(context, role, message.committed);
  sendPong(context, role);
}

/** Also without being asked, when too many touch reports wait. */
export function sendPong(context: Context, role: Learning): void {
  context.send(role.link, { kind: "pong", epoch: role.epoch, round: role.pingRound, touches: context.touches });
  context.touches = [];
}

/** ACK: everything up to here is synced. */
export function acknowledge(context: Context, role: Learning): void {
  const { synced, faults } = context.history;
  const isAckable = role.phase === "streaming" || role.phase === "accepting" || role.phase === "joined";
  if (!isAckable || synced <= role.acked || faults.length > 0) return;
  role.acked = synced;
  context.send(role.link, { kind: "ack", epoch: role.epoch, zxid: synced });
}

/** The leader has confirmed what was asked under this number. */
export function handleConfirmed(context: Context, role: Learning, message: Confirmed): void {
  const confirm = role.confirms.find((waiting) => waiting.number === message.number);
  if (confirm === undefined) return;
  role.confirms = role.confirms.filter((waiting) => waiting !== confirm);
  context.effects.push({ kind: "confirmed", ids: confirm.ids, zxid: message.zxid });
}

/** READMIT, received: this peer has everything again that it can have forgotten. */
export function handleReadmit(context: Context, role: Learning): void {
  if (role.phase !== "joined" || context.hardState?.isAmnesiac !== true) return;
  role.isReadmitted = false;
  context.setHardState({ isAmnesiac: false });
}

/** READMITTED: when it is on disk. */
export function maybeTellReadmitted(context: Context, role: Learning): void {
  if (role.phase !== "joined" || role.isReadmitted || context.store.durable?.isAmnesiac !== false) return;
  if (context.hardState?.isAmnesiac === true) return;
  role.isReadmitted = true;
  context.send(role.link, { kind: "readmitted", epoch: role.epoch });
}

/** At the end of a turn: what gathered for the leader. */
export function flushToLeader(context: Context, role: Learning): void {
  if (role.requests.length > 0) {
    context.send(role.link, { kind: "requests", epoch: role.epoch, payloads: role.requests });
    role.requests = [];
    role.requestsSizeBytes = 0;
  }
  if (context.confirms.length === 0) return;
  // Who is answered knows that the leader has heard of the sessions that were touched before.
  if (context.touches.length > 0) sendPong(context, role);
  for (const target of ["committed", "proposed"] as const) {
    const ids = context.confirms.filter((confirm) => confirm.target === target).map((confirm) => confirm.id);
    if (ids.length === 0) continue;
    role.confirmsSent += 1;
    role.confirms.push({ number: role.confirmsSent, ids });
    context.send(role.link, { kind: "confirm", epoch: role.epoch, number: role.confirmsSent, target });
  }
  context.confirms = [];
}

/** A leader that is silent for too long is no leader any more. */
export function tickLearning(context: Context, role: Learning): void {
  // The leader has forgotten this peer, until it reports again.
  if (role.phase === "covering") return;
  const { timing } = context.options;
  role.silentTicks += 1;
  const isDiscovering = role.phase === "reporting" || role.phase === "promising" || role.phase === "promised";
  if (role.silentTicks <= (isDiscovering ? timing.initTicks : timing.syncTicks)) return;
  if (role.phase === "reporting") context.shunned.set(role.leader, context.ticks + timing.electionMaxTicks);
  context.dropLink(role.link, "silent");
  context.lookAgain();
}
