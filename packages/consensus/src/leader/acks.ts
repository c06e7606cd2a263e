import type { Context } from "../context.ts";
import type { Ack } from "../message.ts";
import { maybeReadmit } from "../standing/readmission.ts";
import { maybeCommit } from "./commit.ts";
import { maybeTakeOver } from "./hand-over.ts";
import { isCounted, type Leading, type Learner, noteAcked } from "./leading.ts";

/** ACK, received: cumulative. Before the learner has joined it makes room in the stream and counts for nothing. */
export function handleAck(context: Context, role: Leading, learner: Learner, message: Ack): void {
  if (!noteAcked(learner, message.zxid)) return;
  if (learner.hasPromised) role.idleTicks = 0;
  if (role.phase !== "broadcast") return;
  if (isCounted(context, learner)) maybeCommit(context, role);
  maybeReadmit(context, role);
  maybeTakeOver(context, role);
}

/** The learner is sound again, on its disk. */
export function handleReadmitted(context: Context, role: Leading, learner: Learner): void {
  if (learner.readmission?.wasSent !== true) return;
  learner.readmission = null;
  learner.standing = "sound";
  maybeCommit(context, role);
}
