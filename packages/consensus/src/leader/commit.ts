import type { Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import { quorumZxid } from "../quorum/quorum.ts";
import { settleConfirmations } from "./confirmations.ts";
import { maybeTakeOver } from "./hand-over.ts";
import { isCounted, type Leading } from "./leading.ts";

const NEVER = -1 as Zxid;

/**
 * Commits what a quorum has synced, this peer included only as far as its own disk is (zab.md 2). In order, since
 * acknowledgements are cumulative. Never before the epoch is established: then its whole history is.
 */
export function maybeCommit(context: Context, role: Leading): void {
  if (role.phase !== "broadcast") return;
  const { history, quorum } = context;
  const zxid = quorumZxid(quorum, (peer) => {
    if (peer === context.self) return history.synced;
    const learner = role.learners.get(peer);
    return learner !== undefined && isCounted(context, learner) ? learner.acked : NEVER;
  });
  if (zxid <= history.committed) return;
  history.committed = zxid;
  settleConfirmations(context, role);
  maybeTakeOver(context, role);
}
