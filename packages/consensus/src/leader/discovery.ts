import { type Epoch, EPOCH_MAX, type LogPosition, type Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import { isBehind, isForgetful } from "../election/candidates.ts";
import type { Link } from "../links.ts";
import type { AckEpoch, FollowerInfo } from "../message.ts";
import { dropLearner, forgetLearner, isQuorumOf, type Leading, type Learner } from "./leading.ts";
import { startSynchronisation, synchronise } from "./synchronisation.ts";

/** This peer was elected: it waits for a quorum to report. */
export function enterLeading(context: Context): void {
  const role: Leading = {
    kind: "leading",
    phase: "discovery",
    epoch: 0 as Epoch,
    credential: context.credential,
    initialZxid: context.history.last.zxid,
    learners: new Map(),
    idleTicks: 0,
    heartbeatTicks: 0,
    pingRound: 0,
    pings: [],
    establishRound: 0,
    proposals: [],
    proposalsSizeBytes: 0,
    requests: [],
    requestsSizeBytes: 0,
    handedOut: 0,
    handedOutSizeBytes: 0,
    confirmations: [],
    confirmRound: 0,
    confirmedRound: 0,
    handOver: null,
    transfersBegun: 0,
  };
  context.role = role;
  // All of them, so that the epoch is above what each has accepted.
  for (const link of context.links.all())
    if (link.followerInfo !== null) addLearner(context, role, link, link.followerInfo);
  maybeChooseEpoch(context, role);
}

/** FOLLOWERINFO, OBSERVERINFO, received: a learner joins, whatever this epoch has come to. */
export function handleFollowerInfo(context: Context, role: Leading, link: Link, message: FollowerInfo): void {
  addLearner(context, role, link, message);
  if (context.transition !== null) return;
  maybeChooseEpoch(context, role);
  offerEpoch(context, role);
}

function addLearner(context: Context, role: Leading, link: Link, message: FollowerInfo): void {
  const previous = role.learners.get(link.peer);
  if (previous !== undefined) forgetLearner(context, role, previous);
  const isVoter = context.quorum.isVoter(link.peer);
  if (message.acceptedEpoch > context.acceptedEpoch + context.options.limits.epochAheadMax) {
    context.report("EPOCH_TOO_FAR_AHEAD", `peer ${link.peer} has accepted epoch ${message.acceptedEpoch}`);
    context.dropLink(link, "refused");
    return;
  }
  if (message.standing === "sound" && isForgetful(context, link, message.credential)) return;
  if (isVoter && role.epoch !== 0 && message.acceptedEpoch > role.epoch) {
    // It has promised a later epoch, so it can never join this one (U3): a new one, for all, is short.
    link.followerInfo = message;
    context.lookAgain();
    return;
  }
  role.learners.set(link.peer, createLearner(context, link, message));
}

function createLearner(context: Context, link: Link, message: FollowerInfo): Learner {
  return {
    peer: link.peer,
    link,
    standing: message.standing,
    phase: "reported",
    hasPromised: false,
    log: null,
    common: null,
    faults: [],
    sent: { zxid: 0 as Zxid, chainHash: 0 as LogPosition["chainHash"] },
    wasToldNewLeader: false,
    acked: 0 as Zxid,
    frames: [],
    framesSizeBytes: 0,
    committedTold: 0 as Zxid,
    questions: 0,
    pongRound: 0,
    heardTick: context.ticks,
    reading: null,
    transfer: null,
    readmission: null,
  };
}

/** Zab: a quorum's highest accepted epoch, and one more. */
function maybeChooseEpoch(context: Context, role: Leading): void {
  if (role.epoch !== 0 || !isQuorumOf(context, role, () => true)) return;
  let accepted: number = context.acceptedEpoch;
  for (const { peer, link } of role.learners.values()) {
    if (context.quorum.isVoter(peer)) accepted = Math.max(accepted, link.followerInfo?.acceptedEpoch ?? 0);
  }
  if (accepted >= EPOCH_MAX) {
    context.effects.push({ kind: "stop", code: "EPOCH_EXHAUSTED", details: `epoch ${accepted} was the last there is` });
    return;
  }
  role.epoch = (accepted + 1) as Epoch;
  role.idleTicks = 0;
  context.promise = { epoch: role.epoch, leader: context.self, incarnation: context.incarnation };
  context.setHardState({ acceptedEpoch: role.epoch });
}

/** LEADERINFO: told only when the leader's own promise is synced (R1). */
export function offerEpoch(context: Context, role: Leading): void {
  if (role.epoch === 0 || context.store.durable?.acceptedEpoch !== role.epoch) return;
  const links: number[] = [];
  for (const learner of role.learners.values()) {
    if (learner.phase !== "reported") continue;
    learner.phase = "promising";
    links.push(learner.link.id);
  }
  context.sendAll(links, { kind: "new-epoch", epoch: role.epoch });
  if (role.phase === "discovery") maybeEndDiscovery(context, role);
}

/** ACKEPOCH, received. */
export function handleAckEpoch(context: Context, role: Leading, learner: Learner, message: AckEpoch): void {
  if (learner.phase !== "promising") return;
  const isVoter = context.quorum.isVoter(learner.peer) && learner.standing === "sound";
  const theirs = { currentEpoch: message.currentEpoch, lastZxid: message.last.zxid };
  if (role.phase !== "broadcast" && isVoter && isBehind(role.credential, theirs)) {
    dropLearner(context, role, learner, "refused");
    return;
  }
  learner.phase = "promised";
  learner.hasPromised = message.isPromise;
  learner.log = { base: message.base, committed: message.committed, epochEnds: message.epochEnds };
  learner.faults = message.faults;
  learner.heardTick = context.ticks;
  if (isVoter && message.isPromise) role.idleTicks = 0;
  if (role.phase === "discovery") maybeEndDiscovery(context, role);
  else synchronise(context, role, learner);
}

function maybeEndDiscovery(context: Context, role: Leading): void {
  if (!isQuorumOf(context, role, (learner) => learner.hasPromised)) return;
  startSynchronisation(context, role);
}
