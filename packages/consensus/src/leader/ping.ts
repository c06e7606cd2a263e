import type { Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { AckMark } from "../message.ts";
import { isCounted, type Leading, type Learner } from "./leading.ts";

/** PING to every learner of the epoch: a heartbeat, and the question whether this peer still leads. Gives the round. */
export function sendPing(context: Context, role: Leading): number {
  role.pingRound += 1;
  role.heartbeatTicks = context.options.timing.heartbeatTicks;
  if (role.pings.at(-1)?.tick !== context.ticks) role.pings.push({ round: role.pingRound, tick: context.ticks });
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
