import { type Epoch, epochOf, type Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Link } from "../links.ts";
import type { NewEpoch } from "../message.ts";
import type { Learning } from "./learning.ts";

/** Reports to the peer that leads, or was elected (FOLLOWERINFO). Everything this peer has written is synced by now. */
export function enterLearning(context: Context, link: Link, clusterId: string | null): void {
  for (const other of context.links.all()) {
    if (other.followerInfo === null) continue;
    other.followerInfo = null;
    context.send(other, { kind: "not-leading" });
  }
  context.role = {
    kind: "learning",
    leader: link.peer,
    link,
    clusterId,
    phase: "reporting",
    epoch: 0 as Epoch,
    isPromise: false,
    silentTicks: 0,
    newLeaderLast: 0 as Zxid,
    newLeaderChange: 0,
    faultsLeft: [],
    committedHeard: 0 as Zxid,
    acked: 0 as Zxid,
    serveFrom: null,
    pingRound: 0,
    incoming: null,
    requests: [],
    requestsSizeBytes: 0,
    confirms: [],
    confirmsSent: 0,
    isReadmitted: true,
  };
  context.send(link, {
    kind: "follower-info",
    acceptedEpoch: context.store.durable?.acceptedEpoch ?? (0 as Epoch),
    credential: context.credential,
    standing: context.standing,
    round: context.round,
  });
}

/** LEADERINFO, received. */
export function handleNewEpoch(context: Context, role: Learning, message: NewEpoch): void {
  const { epoch } = message;
  const { acceptedEpoch, options } = context;
  if (role.phase !== "reporting") return;
  // A blank peer has no epoch of its own to measure by.
  if (context.hardState !== null && epoch > acceptedEpoch + options.limits.epochAheadMax) {
    context.report(
      "EPOCH_TOO_FAR_AHEAD",
      `peer ${role.leader} offers epoch ${epoch}, this peer has accepted ${acceptedEpoch}`,
    );
    giveUp(context, role);
    return;
  }
  if (epoch < lowestEpoch(context)) {
    giveUp(context, role);
    return;
  }
  role.epoch = epoch;
  role.phase = "promising";
  if (context.hardState === null) join(context, role, epoch);
  else if (epoch > acceptedEpoch) {
    promise(context, role, epoch);
    context.setHardState({ acceptedEpoch: epoch });
  }
  // Promised before: it counts only if it was this life, and this leader (U4).
  const { promise: given } = context;
  role.isPromise =
    given?.epoch === epoch && given.leader === role.leader && given.incarnation === role.link.hello.incarnation;
  maybeAckEpoch(context, role);
}

/**
 * A voter keeps its promise. An observer's promise counts nowhere, so it may join an earlier epoch than it has promised;
 * but not one before the history that it has, of which it may have applied what an older leader does not know.
 */
function lowestEpoch({ isVoter, acceptedEpoch, hardState, history }: Context): number {
  return isVoter ? acceptedEpoch : Math.max(hardState?.currentEpoch ?? 0, epochOf(history.last.zxid));
}

function promise(context: Context, role: Learning, epoch: Epoch): void {
  context.promise = { epoch, leader: role.leader, incarnation: role.link.hello.incarnation };
}

/** A blank peer joins a cluster: it may have been wiped, so it counts for nothing until it is readmitted (R3b). */
function join(context: Context, role: Learning, epoch: Epoch): void {
  if (role.clusterId === null) {
    giveUp(context, role);
    return;
  }
  promise(context, role, epoch);
  context.createHardState({
    clusterId: role.clusterId,
    peerId: context.self,
    incarnation: context.incarnation,
    acceptedEpoch: epoch,
    currentEpoch: 0 as Epoch,
    isAmnesiac: true,
  });
}

/** ACKEPOCH: only when the promise is on disk (R1). */
export function maybeAckEpoch(context: Context, role: Learning): void {
  const { store, history, options } = context;
  const accepted = store.durable?.acceptedEpoch ?? 0;
  if (role.phase !== "promising" || !store.isIdle || store.durable === null || accepted < role.epoch) return;
  role.phase = "promised";
  // As they are now: a purge may have taken some away since this peer reported.
  role.faultsLeft = history.faults;
  context.send(role.link, {
    kind: "ack-epoch",
    epoch: role.epoch,
    isPromise: role.isPromise,
    currentEpoch: store.durable.currentEpoch,
    last: history.last,
    base: history.base,
    committed: history.committed,
    epochEnds: history.epochEnds(options.limits.epochEndsMax),
    faults: history.faults.slice(0, FAULTS_TOLD_MAX),
  });
}

/** The rest is repaired after another join. */
const FAULTS_TOLD_MAX = 64;

/** This peer cannot have that leader now: it looks again, and for a while takes any other rather than this one. */
function giveUp(context: Context, role: Learning): void {
  context.shunned.set(role.leader, context.ticks + context.options.timing.electionMaxTicks);
  context.lookAgain();
}
