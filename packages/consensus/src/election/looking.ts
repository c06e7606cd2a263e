import type { Epoch, PeerId } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Link } from "../links.ts";
import type { Notification } from "../message.ts";
import { bestCandidate, isBehind, isForgetful } from "./candidates.ts";
import { maybeFound, reportMissing } from "./founding.ts";
import type { Looking } from "./looking-role.ts";
import { notify, notifyVoters } from "./notify.ts";

/** This peer has no leader (any more): a new round of the election begins, as soon as the log is synced. */
export function enterLooking(context: Context, takesOver: Epoch): void {
  context.round += 1;
  const { electionTicks } = context.options.timing;
  context.role = {
    kind: "looking",
    hasBegun: false,
    vote: null,
    heard: new Map(),
    agreedTicks: 0,
    resendTicks: electionTicks,
    resendTicksNext: electionTicks * 2,
    takesOver,
  };
  maybeBegin(context, context.role);
}

/** ZooKeeper drains its log before it votes (zab.md 8): a vote names only what is synced, and all of it. */
export function maybeBegin(context: Context, role: Looking): void {
  if (role.hasBegun || !context.store.isIdle) return;
  role.hasBegun = true;
  role.vote = bestCandidate(context, role);
  notifyVoters(context);
  maybeFound(context);
  findLeader(context, role);
}

/** A leader may have said so before this peer began to listen. Of several the one of the latest epoch comes first. */
function findLeader(context: Context, role: Looking): void {
  const leaders: { readonly link: Link; readonly notification: Notification }[] = [];
  for (const link of context.links.all()) {
    const { notification } = link;
    if (notification?.state === "leading") leaders.push({ link, notification });
  }
  leaders.sort((one, other) => other.notification.epoch - one.notification.epoch);
  for (const { link, notification } of leaders) maybeJoin(context, role, link, notification);
  decide(context, role);
}

/** Notification, received by a peer that looks. */
export function handleNotificationLooking(
  context: Context,
  role: Looking,
  link: Link,
  notification: Notification,
): void {
  if (notification.state === "leading") {
    role.heard.delete(link.peer);
    maybeJoin(context, role, link, notification);
    return;
  }
  if (notification.state !== "looking") {
    role.heard.delete(link.peer);
    reconsider(context, role);
    return;
  }
  maybeFound(context);
  if (!context.quorum.isVoter(link.peer) || notification.standing !== "sound") {
    if (role.heard.delete(link.peer)) reconsider(context, role);
    return;
  }
  if (isForgetful(context, link, notification.credential)) {
    if (role.heard.delete(link.peer)) reconsider(context, role);
    return;
  }
  handleVote(context, role, link, notification);
}

function handleVote(context: Context, role: Looking, link: Link, notification: Notification): void {
  if (notification.round < context.round) {
    if (role.hasBegun) notify(context, link);
    return;
  }
  const isNewRound = notification.round > context.round;
  if (isNewRound) {
    context.round = notification.round;
    role.heard.clear();
    role.agreedTicks = 0;
  }
  role.heard.set(link.peer, notification);
  if (!role.hasBegun) return;
  const vote = bestCandidate(context, role);
  const hasChanged = vote !== role.vote;
  role.vote = vote;
  if (isNewRound || hasChanged) notifyVoters(context);
  decide(context, role);
}

/** Somebody is not there any more, or may be voted for again. */
export function reconsider(context: Context, role: Looking): void {
  if (!role.hasBegun) return;
  const vote = bestCandidate(context, role);
  if (vote !== role.vote) {
    role.vote = vote;
    role.agreedTicks = 0;
    notifyVoters(context);
  }
  decide(context, role);
}

/**
 * Follows whoever itself says that it leads. ZooKeeper wants to hear it of a quorum; here the word of the leader over a
 * link that is up is enough, since following the wrong one costs time and nothing else. So a peer that reaches nobody but
 * the leader finds it (TR-02).
 */
function maybeJoin(context: Context, role: Looking, link: Link, notification: Notification): void {
  if (!role.hasBegun || (context.shunned.get(link.peer) ?? 0) > context.ticks) return;
  // The leader whom this peer is to follow in office does not count as one.
  if (role.takesOver !== 0 && notification.epoch === role.takesOver) return;
  // Before a quorum has acknowledged it, a leader refuses whoever has more than itself (zab.md 5, step 5).
  const hasMore =
    context.standing === "sound" && context.isVoter && isBehind(notification.credential, context.credential);
  if (!notification.isEstablished && (hasMore || knowsEstablished(context, link))) return;
  if (!notification.isEstablished && context.standing === "blank") return;
  context.transition ??= { to: "learning", link, clusterId: notification.clusterId };
}

/** Whether another peer leads an epoch that a quorum stands behind, by its own word. */
function knowsEstablished(context: Context, except: Link): boolean {
  for (const link of context.links.all()) {
    const { notification } = link;
    if (link !== except && notification?.state === "leading" && notification.isEstablished) return true;
  }
  return false;
}

/** A quorum that votes for the same peer, and nobody left who could change its mind: the election is over. */
function decide(context: Context, role: Looking): void {
  if (context.transition !== null) return;
  const target = agreedTarget(context, role);
  if (target === null) {
    role.agreedTicks = 0;
    return;
  }
  if (!hasHeardAll(context, role) && role.agreedTicks < context.options.timing.finalizeTicks) return;
  if (target === context.self) {
    context.transition = { to: "leading" };
    return;
  }
  const link = context.links.of(target);
  if (link !== null) context.transition = { to: "learning", link, clusterId: context.hardState?.clusterId ?? null };
}

/** Whom a quorum votes for: this peer, even if its own vote is another, or its vote. */
function agreedTarget(context: Context, role: Looking): PeerId | null {
  if (!role.hasBegun || context.standing !== "sound") return null;
  const isElected = (target: PeerId): boolean =>
    context.quorum.isQuorum((peer) =>
      peer === context.self ? role.vote === target : role.heard.get(peer)?.vote === target,
    );
  if (isElected(context.self)) return context.self;
  return role.vote !== null && role.vote !== context.self && isElected(role.vote) ? role.vote : null;
}

function hasHeardAll(context: Context, role: Looking): boolean {
  return context.quorum.voters.every((peer) => {
    if (peer === context.self || role.heard.has(peer)) return true;
    const link = context.links.of(peer);
    return link === null || (link.notification !== null && link.notification.standing !== "sound");
  });
}

export function tickLooking(context: Context, role: Looking): void {
  if (!role.hasBegun) return;
  reconsider(context, role);
  if (agreedTarget(context, role) !== null) {
    role.agreedTicks += 1;
    decide(context, role);
  }
  if (context.transition !== null) return;
  role.resendTicks -= 1;
  if (role.resendTicks > 0) return;
  role.resendTicks = role.resendTicksNext;
  role.resendTicksNext = Math.min(role.resendTicksNext * 2, context.options.timing.electionMaxTicks);
  // Whoever was to be taken over from has not stepped aside: it leads on.
  role.takesOver = 0 as Epoch;
  notifyVoters(context);
  reportMissing(context);
  maybeFound(context);
}
