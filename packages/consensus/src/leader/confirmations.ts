import type { Context } from "../context.ts";
import type { Confirm, ConfirmTarget } from "../message.ts";
import { sendPing } from "./ping.ts";
import { type Confirmation, dropLearner, isQuorumOf, type Leading, type Learner } from "./leading.ts";

/**
 * Linearizable reads and sync (R7, U7). The answer is a zxid: everything acknowledged anywhere before the question is at
 * or below it. It holds only if this peer still led after the question came, so a quorum must answer a heartbeat that
 * was sent after it; never a lease. One heartbeat serves all questions that have gathered.
 */
export function addConfirmation(
  context: Context,
  role: Leading,
  question: { readonly learner: Learner | null; readonly number: number; readonly ids: readonly number[] },
  target: ConfirmTarget,
): void {
  const { history } = context;
  const zxid = target === "committed" ? history.committed : history.last.zxid;
  role.confirmations.push({ ...question, target, zxid, round: 0 });
}

/** SYNC, or a read-index question, received. */
export function handleConfirm(context: Context, role: Leading, learner: Learner, message: Confirm): void {
  // Before the epoch is established nothing is known to be committed; the learner would not ask.
  if (role.phase !== "broadcast") return;
  // It counts its own questions and has the same limit, so it has lost count.
  if (learner.questions >= context.options.limits.confirmsPendingMax) {
    dropLearner(context, role, learner, "refused");
    return;
  }
  learner.questions += 1;
  addConfirmation(context, role, { learner, number: message.number, ids: [] }, message.target);
}

/** At the end of a turn: asks the quorum, unless it has been asked and has not answered yet. */
export function askQuorum(context: Context, role: Leading): void {
  if (role.confirmRound !== 0 || role.phase !== "broadcast") return;
  const waiting = role.confirmations.filter((confirmation) => confirmation.round === 0);
  if (waiting.length === 0) return;
  role.confirmRound = sendPing(context, role);
  for (const confirmation of waiting) confirmation.round = role.confirmRound;
  settleConfirmations(context, role);
}

/** Answers what a quorum has confirmed. */
export function settleConfirmations(context: Context, role: Leading): void {
  const { confirmRound } = role;
  const hasAnswered = (learner: Learner): boolean => learner.phase === "joined" && learner.pongRound >= confirmRound;
  if (confirmRound !== 0 && isQuorumOf(context, role, hasAnswered)) {
    role.confirmedRound = confirmRound;
    role.confirmRound = 0;
  }
  if (role.confirmations.length === 0) return;
  const { committed } = context.history;
  const isSettled = ({ round, zxid }: Confirmation): boolean =>
    round !== 0 && round <= role.confirmedRound && zxid <= committed;
  const settled = role.confirmations.filter(isSettled);
  if (settled.length === 0) return;
  role.confirmations = role.confirmations.filter((confirmation) => !isSettled(confirmation));
  for (const { learner, number, ids, zxid } of settled) {
    if (learner === null) context.effects.push({ kind: "confirmed", ids, zxid });
    else if (role.learners.get(learner.peer) === learner) {
      learner.questions -= 1;
      context.send(learner.link, { kind: "confirmed", epoch: role.epoch, number, zxid });
    }
  }
}
