import type { Context } from "../context.ts";
import type { Pong } from "../message.ts";
import { maybeReadmit } from "../standing/readmission.ts";
import { maybeTransfer } from "./checkpoint-transfer.ts";
import { settleConfirmations } from "./confirmations.ts";
import { maybeEstablish } from "./establishment.ts";
import { tickHandOver } from "./hand-over.ts";
import { dropLearner, isQuorumOf, type Leading, type Learner } from "./leading.ts";
import { sendPing } from "./ping.ts";

/** PING, answered. */
export function handlePong(context: Context, role: Leading, learner: Learner, message: Pong): void {
  if (message.touches.length > 0) {
    context.effects.push({ kind: "touches", from: learner.peer, payloads: message.touches });
  }
  if (message.round <= learner.pongRound || message.round > role.pingRound) return;
  learner.pongRound = message.round;
  learner.heardTick = role.pings.findLast((ping) => ping.round <= message.round)?.tick ?? learner.heardTick;
  maybeEstablish(context, role);
  if (role.phase !== "broadcast") return;
  settleConfirmations(context, role);
  maybeReadmit(context, role);
}

/**
 * One that does not count may be silent, too, and what waits for it must end. So must what one waits for that answers
 * and stores nothing: a write is under way when a frame comes, and the next has the frame; so it is with pages.
 */
function isLost({ ticks, options }: Context, learner: Learner): boolean {
  const { syncTicks, storeTicks } = options.timing;
  const oldestFrameTick = learner.frames[0]?.tick ?? ticks;
  const waitingSince = Math.min(oldestFrameTick, learner.transfer?.waitingSince ?? ticks);
  return learner.heardTick < ticks - 2 * syncTicks || waitingSince < ticks - 2 * storeTicks;
}

/** A leader that no quorum answers does not lead any more, whatever else it hears (zab.md 8, TR-01). */
export function tickLeading(context: Context, role: Leading): void {
  const { timing } = context.options;
  const oldestTick = context.ticks - timing.syncTicks;
  role.idleTicks += 1;
  if (context.store.inFlightTicks > timing.storeTicks) {
    context.report("STORE_SLOW", `a write has taken ${context.store.inFlightTicks} ticks`);
    context.lookAgain();
    return;
  }
  const isAlive = isQuorumOf(context, role, (learner) => learner.heardTick >= oldestTick);
  const isStuck = role.phase !== "broadcast" && role.idleTicks > timing.initTicks;
  if (isStuck || (role.phase === "broadcast" && !isAlive)) {
    context.lookAgain();
    return;
  }
  while ((role.pings[0]?.tick ?? context.ticks) < oldestTick) role.pings.shift();
  for (const learner of role.learners.values()) {
    if (isLost(context, learner)) dropLearner(context, role, learner, "silent");
  }
  maybeTransfer(context, role);
  role.heartbeatTicks -= 1;
  if (role.heartbeatTicks <= 0) sendPing(context, role);
  tickHandOver(context, role);
}
