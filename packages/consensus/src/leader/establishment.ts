import type { Context } from "../context.ts";
import { notifyAll } from "../election/notify.ts";
import type { AckNewLeader } from "../message.ts";
import { beginReadmission } from "../standing/readmission.ts";
import { maybeCommit } from "./commit.ts";
import { sendPing } from "./ping.ts";
import { dropLearner, isQuorumOf, type Leading, type Learner, noteAcked } from "./leading.ts";

/** ACK of NEWLEADER, received: the learner's log is this epoch's, on its disk. */
export function handleAckNewLeader(context: Context, role: Leading, learner: Learner, message: AckNewLeader): void {
  if (learner.phase !== "streaming" || !learner.wasToldNewLeader) return;
  if (message.last < role.initialZxid) {
    // It has not stored what it was told to: it must not be counted as if it had.
    dropLearner(context, role, learner, "disorder");
    return;
  }
  learner.phase = "joined";
  noteAcked(learner, message.last);
  if (learner.hasPromised) role.idleTicks = 0;
  if (role.phase === "synchronisation") {
    // Whoever is in the quorum answers a heartbeat that was sent after the last of its acks.
    role.establishRound = 0;
    maybeEstablish(context, role);
    return;
  }
  tellUpToDate(context, role, [learner]);
  beginReadmission(context, role, learner);
  maybeCommit(context, role);
}

/**
 * COMMIT-LD. The epoch is established once a quorum has its history on disk and has said so after promising, and the
 * same quorum then answers one more heartbeat: all of it stood behind this leader at one moment. The second part is
 * ours. It keeps out a peer that acknowledged, lost its disk and has joined another leader since, while the end of its
 * link has not come through yet (R3b).
 */
export function maybeEstablish(context: Context, role: Leading): void {
  if (role.phase !== "synchronisation" || context.store.durable?.currentEpoch !== role.epoch) return;
  if (context.history.synced < role.initialZxid) return;
  if (!isQuorumOf(context, role, hasAcknowledged)) {
    role.establishRound = 0;
    return;
  }
  if (role.establishRound === 0) role.establishRound = sendPing(context, role);
  const { establishRound } = role;
  if (isQuorumOf(context, role, (learner) => hasAcknowledged(learner) && learner.pongRound >= establishRound)) {
    establish(context, role);
  }
}

function hasAcknowledged(learner: Learner): boolean {
  return learner.phase === "joined" && learner.hasPromised;
}

function establish(context: Context, role: Leading): void {
  role.phase = "broadcast";
  const { history } = context;
  if (role.initialZxid > history.committed) history.committed = role.initialZxid;
  const joined = [...role.learners.values()].filter((learner) => learner.phase === "joined");
  tellUpToDate(context, role, joined);
  for (const learner of joined) beginReadmission(context, role, learner);
  maybeCommit(context, role);
  notifyAll(context);
}

/** UPTODATE. */
function tellUpToDate(context: Context, role: Leading, learners: readonly Learner[]): void {
  const { committed } = context.history;
  const links = learners.map((learner) => learner.link.id);
  for (const learner of learners) learner.committedTold = committed;
  context.sendAll(links, { kind: "up-to-date", epoch: role.epoch, committed });
}
