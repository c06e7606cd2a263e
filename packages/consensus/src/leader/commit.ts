import type { Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Ack } from "../message.ts";
import { quorumZxid } from "../quorum/quorum.ts";
import { maybeReadmit } from "../standing/readmission.ts";
import { settleConfirmations } from "./confirmations.ts";
import { maybeTakeOver } from "./hand-over.ts";
import { isCounted, type Leading, type Learner } from "./leading.ts";
import { releaseRequests } from "./requests.ts";

const NEVER = -1 as Zxid;

/** ACK, received: cumulative. Before the learner has joined it makes room in the stream and counts for nothing. */
export function handleAck(context: Context, role: Leading, learner: Learner, message: Ack): void {
  const zxid = Math.min(message.zxid, learner.sent.zxid) as Zxid;
  if (zxid <= learner.acked) return;
  learner.acked = zxid;
  if (learner.hasPromised) role.idleTicks = 0;
  while ((learner.frames[0]?.zxid ?? Infinity) <= zxid) learner.framesSizeBytes -= learner.frames.shift()?.sizeBytes ?? 0;
  if (role.phase !== "broadcast") return;
  if (isCounted(context, learner)) maybeCommit(context, role);
  maybeReadmit(context, role);
  maybeTakeOver(context, role);
}

/**
 * Commits what a quorum has synced, this peer included only as far as its own disk is (zab.md 2). In order, since
 * acknowledgements are cumulative. Never before the epoch is established: then its whole history is.
 */
export function maybeCommit(context: Context, role: Leading): void {
  if (role.phase !== "broadcast") return;
  const { history, quorum, self } = context;
  const zxid = quorumZxid(quorum, (peer) => {
    if (peer === self) return history.synced;
    const learner = role.learners.get(peer);
    return learner !== undefined && isCounted(context, learner) ? learner.acked : NEVER;
  });
  if (zxid <= history.committed) return;
  history.committed = zxid;
  let settled = 0;
  for (const proposal of role.proposals) {
    if (proposal.zxid > zxid) break;
    role.proposalsSizeBytes -= proposal.sizeBytes;
    settled += 1;
  }
  role.proposals.splice(0, settled);
  settleConfirmations(context, role);
  releaseRequests(context, role);
  maybeTakeOver(context, role);
}
