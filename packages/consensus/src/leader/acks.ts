import type { Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Ack } from "../message.ts";
import { maybeReadmit } from "../standing/readmission.ts";
import { maybeCommit } from "./commit.ts";
import { maybeTakeOver } from "./hand-over.ts";
import { isCounted, type Leading, type Learner } from "./leading.ts";

/** ACK, received: cumulative. Before the learner has joined it makes room in the stream and counts for nothing. */
export function handleAck(context: Context, role: Leading, learner: Learner, message: Ack): void {
  const zxid = Math.min(message.zxid, learner.sent.zxid) as Zxid;
  if (zxid <= learner.acked) return;
  learner.acked = zxid;
  if (learner.hasPromised) role.idleTicks = 0;
  while ((learner.frames[0]?.zxid ?? Infinity) <= zxid)
    learner.framesSizeBytes -= learner.frames.shift()?.sizeBytes ?? 0;
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
