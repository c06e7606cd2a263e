import type { Epoch } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Link } from "../links.ts";
import type { Notification, PeerState } from "../message.ts";

/** What this peer says of itself to others. Everything it claims is synced (R1). */
function notificationOf(context: Context): Notification {
  const { role, history } = context;
  const fault = history.faults[0];
  return {
    kind: "notification",
    state: stateOf(context),
    standing: context.store.durable === null ? "blank" : context.standing,
    clusterId: context.store.durable?.clusterId ?? null,
    round: context.round,
    vote: voteOf(context),
    credential: context.credential,
    acceptedEpoch: context.store.durable?.acceptedEpoch ?? (0 as Epoch),
    fault:
      fault === undefined
        ? null
        : { after: fault.after.zxid, upTo: history.faults.at(-1)?.upTo.zxid ?? fault.upTo.zxid },
    epoch: role.kind === "looking" ? (0 as Epoch) : role.epoch,
    isEstablished: role.kind === "leading" && role.phase === "broadcast",
    takesOver: role.kind === "looking" ? role.takesOver : (0 as Epoch),
  };
}

export function notify(context: Context, link: Link): void {
  context.send(link, notificationOf(context));
}

/** Tells all voters. */
export function notifyVoters(context: Context): void {
  const links: number[] = [];
  for (const link of context.links.all()) if (context.quorum.isVoter(link.peer)) links.push(link.id);
  context.sendAll(links, notificationOf(context));
}

/** Tells everybody, so that those who look find a leader, and those who hear nothing know it. */
export function notifyAll(context: Context): void {
  const links: number[] = [];
  for (const link of context.links.all()) links.push(link.id);
  context.sendAll(links, notificationOf(context));
}

function stateOf({ role, isVoter }: Context): PeerState {
  if (role.kind === "looking") return "looking";
  if (role.kind === "leading") return "leading";
  return isVoter ? "following" : "observing";
}

function voteOf(context: Context): Notification["vote"] {
  const { role } = context;
  if (role.kind === "looking") return role.vote;
  return role.kind === "leading" ? context.self : role.leader;
}
