import type { Context } from "../context.ts";
import { isQuorumOf, type Leading, type Learner } from "../leader/leading.ts";
import { sendPing } from "../leader/ping.ts";

/**
 * Readmits a learner that has forgotten what it promised (R3b): after it joined, a quorum without such peers has
 * confirmed the epoch and has stored everything up to the leader's last proposal at the join, and so has it.
 */
export function beginReadmission(context: Context, role: Leading, learner: Learner): void {
  if (learner.standing === "sound" || role.phase !== "broadcast" || learner.readmission !== null) return;
  const round = sendPing(context, role);
  learner.readmission = { round, zxid: context.history.last.zxid, wasSent: false };
  maybeReadmit(context, role);
}

export function maybeReadmit(context: Context, role: Leading): void {
  for (const learner of role.learners.values()) {
    const { readmission } = learner;
    if (readmission === null || readmission.wasSent || learner.acked < readmission.zxid) continue;
    if (context.history.synced < readmission.zxid) continue;
    const isCovered = isQuorumOf(
      context,
      role,
      (other) => other.phase === "joined" && other.pongRound >= readmission.round && other.acked >= readmission.zxid,
    );
    if (!isCovered) continue;
    readmission.wasSent = true;
    context.send(learner.link, { kind: "readmit", epoch: role.epoch });
  }
}
