import type { Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import { startLooking } from "../election/looking.ts";
import type { AckMark, Pong } from "../message.ts";
import { maybeReadmit } from "../standing/readmission.ts";
import { settleConfirmations } from "./confirmations.ts";
import { maybeEstablish } from "./establishment.ts";
import { tickHandOver } from "./hand-over.ts";
import { dropLearner, isCounted, isQuorumOf, type Leading, type Learner } from "./leading.ts";

/** PING to every learner of the epoch: a heartbeat, and the question whether this peer still leads. Gives the round. */
export function sendPing(context: Context, role: Leading): number {
  role.pingRound += 1;
  role.heartbeatTicks = context.options.timing.heartbeatTicks;
  role.pings.push({ round: role.pingRound, tick: context.ticks });
  const links: number[] = [];
  for (const learner of role.learners.values()) if (hasPromisedEpoch(learner)) links.push(learner.link.id);
  const { committed } = context.history;
  context.sendAll(links, {
    kind: "ping",
    epoch: role.epoch,
    round: role.pingRound,
    committed: role.phase === "broadcast" ? committed : (0 as Zxid),
    marks: marksOf(context, role),
  });
  return role.pingRound;
}

function hasPromisedEpoch(learner: Learner): boolean {
  return learner.phase !== "reported" && learner.phase !== "promising";
}

/** What each voter has acknowledged of what is committed. */
function marksOf(context: Context, role: Leading): AckMark[] {
  if (role.phase !== "broadcast") return [];
  const { committed, synced } = context.history;
  const marks: AckMark[] = [
    { peer: context.self, incarnation: context.incarnation, zxid: Math.min(committed, synced) as Zxid },
  ];
  for (const learner of role.learners.values()) {
    if (!isCounted(context, learner)) continue;
    const { incarnation } = learner.link.hello;
    marks.push({ peer: learner.peer, incarnation, zxid: Math.min(committed, learner.acked) as Zxid });
  }
  for (const mark of marks) context.marks.learn(mark);
  return marks;
}

/** PING, answered. */
export function handlePong(context: Context, role: Leading, learner: Learner, message: Pong): void {
  if (message.touches.length > 0) {
    context.effects.push({ kind: "touches", from: learner.peer, payloads: message.touches });
  }
  if (message.round <= learner.pongRound || message.round > role.pingRound) return;
  learner.pongRound = message.round;
  learner.heardTick = role.pings.find((ping) => ping.round === message.round)?.tick ?? learner.heardTick;
  maybeEstablish(context, role);
  if (role.phase !== "broadcast") return;
  settleConfirmations(context, role);
  maybeReadmit(context, role);
}

/** A leader that no quorum answers does not lead any more, whatever else it hears (zab.md 8, TR-01). */
export function tickLeading(context: Context, role: Leading): void {
  const { timing } = context.options;
  const oldestTick = context.ticks - timing.syncTicks;
  role.idleTicks += 1;
  if (context.store.inFlightTicks > timing.storeTicks) {
    context.report("STORE_SLOW", `a write has taken ${context.store.inFlightTicks} ticks`);
    startLooking(context);
    return;
  }
  const isAlive = isQuorumOf(context, role, (learner) => learner.heardTick >= oldestTick);
  const isStuck = role.phase !== "broadcast" && role.idleTicks > timing.initTicks;
  if (isStuck || (role.phase === "broadcast" && !isAlive)) {
    startLooking(context);
    return;
  }
  while ((role.pings[0]?.tick ?? context.ticks) < oldestTick) role.pings.shift();
  for (const learner of [...role.learners.values()]) {
    // One that does not count may be silent, too; and what waits for it must end.
    if (learner.heardTick < context.ticks - 2 * timing.syncTicks) dropLearner(context, role, learner, "silent");
  }
  role.heartbeatTicks -= 1;
  if (role.heartbeatTicks <= 0) sendPing(context, role);
  tickHandOver(context, role);
}
