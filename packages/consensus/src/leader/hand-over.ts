import type { PeerId } from "@coterie/interface";
import type { Context } from "../context.ts";
import { isCounted, type Leading, type Learner } from "./leading.ts";
import { releaseRequests } from "./requests.ts";

/**
 * Hands leadership over: no more proposals; when the target has everything and all of it is committed, the target is
 * asked to take over, and calls an election which it wins among equals. This peer leads until it hears of that election. If
 * there is none within an election's time, it goes on as before.
 */
export function startHandOver(context: Context, role: Leading, wanted: PeerId | null): void {
  if (role.phase !== "broadcast" || role.handOver !== null) return;
  let best: Learner | null = null;
  for (const learner of role.learners.values()) {
    if (!isCounted(context, learner) || context.quorum.weightOf(learner.peer) === 0) continue;
    if (learner.peer === wanted) {
      best = learner;
      break;
    }
    if (wanted === null && (best === null || learner.acked > best.acked)) best = learner;
  }
  if (best === null) return;
  role.handOver = { target: best.peer, wasSent: false, ticksLeft: context.options.timing.electionMaxTicks };
  maybeTakeOver(context, role);
}

/** Asks the target, once it has everything. */
export function maybeTakeOver(context: Context, role: Leading): void {
  const { handOver } = role;
  if (handOver === null || handOver.wasSent) return;
  const { last, committed } = context.history;
  const target = role.learners.get(handOver.target);
  if (target === undefined || target.acked < last.zxid || committed < last.zxid || target.committedTold < committed)
    return;
  handOver.wasSent = true;
  handOver.ticksLeft = context.options.timing.electionMaxTicks;
  context.send(target.link, { kind: "take-over", epoch: role.epoch });
}

export function tickHandOver(context: Context, role: Leading): void {
  const { handOver } = role;
  if (handOver === null) return;
  handOver.ticksLeft -= 1;
  if (handOver.ticksLeft > 0 && role.learners.has(handOver.target)) return;
  role.handOver = null;
  releaseRequests(context, role);
}
