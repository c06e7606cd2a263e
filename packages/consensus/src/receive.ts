import type { Epoch, PeerId } from "@coterie/interface";
import type { Context } from "./context.ts";
import { handleFound, handleFoundingAnswer, handleFoundingQuestion } from "./election/founding.ts";
import { handleNotificationLooking } from "./election/looking.ts";
import { notify } from "./election/notify.ts";
import { handlePagesTaken } from "./leader/checkpoint-transfer.ts";
import { handleAck, handleReadmitted } from "./leader/acks.ts";
import { handleConfirm } from "./leader/confirmations.ts";
import { handleAckEpoch, handleFollowerInfo } from "./leader/discovery.ts";
import { handleAckNewLeader } from "./leader/establishment.ts";
import { handlePong } from "./leader/heartbeat.ts";
import { forgetLearner, type Leading, type Learner } from "./leader/leading.ts";
import { takeRequests } from "./leader/requests.ts";
import { hearCommitted, handleConfirmed, handlePing, handlePropose, handleReadmit } from "./learner/broadcast.ts";
import { handleNewEpoch } from "./learner/discovery.ts";
import type { Learning } from "./learner/learning.ts";
import {
  handleCheckpointPages,
  handleNewLeader,
  handleRepair,
  handleSync,
  handleUpToDate,
} from "./learner/synchronisation.ts";
import { dropForeign, dropLost } from "./link-changes.ts";
import type { Link } from "./links.ts";
import type { AmnesiaNotice, FollowerInfo, Message, Notification } from "./message.ts";

/** One function a message, found here by its kind. What a peer in this role does not expect is dropped. */
export function handleMessage(context: Context, id: number, message: Message): void {
  const link = context.links.get(id);
  if (link === null) return;
  link.heardTick = context.ticks;
  switch (message.kind) {
    case "notification":
      handleNotification(context, link, message);
      return;
    case "founding-question":
      handleFoundingQuestion(context, link, message);
      return;
    case "founding-answer":
      handleFoundingAnswer(context, link, message);
      return;
    case "found":
      handleFound(context, link, message);
      return;
    case "amnesia-notice":
      handleAmnesiaNotice(context, message);
      return;
    case "follower-info":
      receiveFollowerInfo(context, link, message);
      return;
    case "not-leading":
      link.notification = null;
      if (context.role.kind === "learning" && context.role.link === link) context.lookAgain();
      return;
    default:
      handleEpochMessage(context, link, message);
  }
}

/** What belongs to an epoch is heard by those who are in it, over the link that they are in it by. */
function handleEpochMessage(context: Context, link: Link, message: EpochMessage): void {
  const { role } = context;
  if (role.kind === "learning" && role.link === link) {
    if (message.kind === "new-epoch") {
      role.silentTicks = 0;
      handleNewEpoch(context, role, message);
    } else if (message.epoch === role.epoch) {
      role.silentTicks = 0;
      handleFromLeader(context, role, message);
    }
    return;
  }
  if (role.kind !== "leading") return;
  const learner = role.learners.get(link.peer);
  if (learner?.link === link && message.epoch === role.epoch) handleFromLearner(context, role, learner, message);
}

type EpochMessage = Exclude<
  Message,
  {
    readonly kind:
      | "notification"
      | "founding-question"
      | "founding-answer"
      | "found"
      | "amnesia-notice"
      | "follower-info"
      | "not-leading";
  }
>;

function handleFromLeader(context: Context, role: Learning, message: EpochMessage): void {
  switch (message.kind) {
    case "sync":
      handleSync(context, role, message);
      break;
    case "checkpoint-pages":
      handleCheckpointPages(context, role, message);
      break;
    case "repair":
      handleRepair(context, role, message);
      break;
    case "propose":
      handlePropose(context, role, message);
      break;
    case "new-leader":
      handleNewLeader(context, role, message);
      break;
    case "up-to-date":
      handleUpToDate(context, role, message);
      break;
    case "commit":
      hearCommitted(context, role, message.zxid);
      break;
    case "ping":
      handlePing(context, role, message);
      break;
    case "readmit":
      handleReadmit(context, role);
      break;
    case "requests-refused":
      context.effects.push({ kind: "requests-refused", payloads: message.payloads });
      break;
    case "confirmed":
      handleConfirmed(context, role, message);
      break;
    case "take-over":
      if (role.phase === "joined" && context.standing === "sound") {
        context.transition = { to: "looking", takesOver: role.epoch, heard: null };
      }
      break;
    default:
  }
}

function handleFromLearner(context: Context, role: Leading, learner: Learner, message: EpochMessage): void {
  switch (message.kind) {
    case "ack-epoch":
      handleAckEpoch(context, role, learner, message);
      break;
    case "pages-taken":
      handlePagesTaken(context, role, learner, message);
      break;
    case "ack-new-leader":
      handleAckNewLeader(context, role, learner, message);
      break;
    case "ack":
      handleAck(context, role, learner, message);
      break;
    case "pong":
      handlePong(context, role, learner, message);
      break;
    case "readmitted":
      handleReadmitted(context, role, learner);
      break;
    case "requests":
      if (role.phase === "broadcast") takeRequests(context, role, learner.peer, message.payloads);
      break;
    case "confirm":
      handleConfirm(context, role, learner, message);
      break;
    default:
  }
}

function handleNotification(context: Context, link: Link, message: Notification): void {
  const ownCluster = context.hardState?.clusterId ?? null;
  if (ownCluster !== null && message.clusterId !== null && message.clusterId !== ownCluster) {
    dropForeign(context, link);
    return;
  }
  if (message.round > context.round + context.options.limits.roundAheadMax) {
    context.report("ROUND_TOO_FAR_AHEAD", `peer ${link.peer} is in round ${message.round}`);
    dropLost(context, link, "refused");
    return;
  }
  link.notification = message;
  const { role } = context;
  if (message.vote !== context.self || message.state === "looking") link.followerInfo = null;
  if (role.kind === "looking") {
    handleNotificationLooking(context, role, link, message);
    return;
  }
  if (mustLookAgain(context, role, link, message)) {
    context.transition = { to: "looking", takesOver: 0 as Epoch, heard: { link, notification: message } };
    return;
  }
  if (role.kind === "leading") forgetIfLeft(context, role, link, message);
  if (message.state === "looking") notify(context, link);
}

/** A peer that has a leader leaves it for three reasons; that somebody looks for one is none of them. */
function mustLookAgain(context: Context, role: Leading | Learning, link: Link, message: Notification): boolean {
  // It is asked to: the leader hands over.
  if (message.takesOver !== 0 && message.takesOver === role.epoch && message.standing === "sound") return true;
  // It was left behind: another epoch is established. Its own word, over a link that is up.
  const isLater = role.epoch === 0 ? message.epoch >= context.acceptedEpoch : message.epoch > role.epoch;
  if (message.state === "leading" && message.isEstablished && isLater && link.peer !== leaderOf(role)) return true;
  // The one it takes for the leader says that it does not lead.
  return (
    role.kind === "learning" && role.link === link && message.state !== "leading" && !isElected(context, role, message)
  );
}

/** What the elected peer said before it heard the vote that elected it. */
function isElected({ round }: Context, role: Learning, message: Notification): boolean {
  return (
    role.phase === "reporting" && message.state === "looking" && message.round === round && message.vote === role.leader
  );
}

function leaderOf(role: Leading | Learning): PeerId | null {
  return role.kind === "learning" ? role.leader : null;
}

function forgetIfLeft(context: Context, role: Leading, link: Link, message: Notification): void {
  const learner = role.learners.get(link.peer);
  if (learner?.link === link && link.followerInfo === null && message.vote !== context.self) {
    forgetLearner(context, role, learner);
  }
}

function receiveFollowerInfo(context: Context, link: Link, message: FollowerInfo): void {
  const { role } = context;
  if (role.kind === "learning") {
    context.send(link, { kind: "not-leading" });
    return;
  }
  // A voter may have heard of the election's end before this peer has; an observer is only mistaken.
  if (role.kind === "looking" && !context.quorum.isVoter(link.peer)) {
    if (role.hasBegun) notify(context, link);
    return;
  }
  link.followerInfo = message;
  if (role.kind === "leading") handleFollowerInfo(context, role, link, message);
}

/** Others remember more of this peer than it does itself: it counts for nothing until it is readmitted (R3b). */
function handleAmnesiaNotice(context: Context, message: AmnesiaNotice): void {
  const isMine = message.incarnation === context.incarnation && context.standing === "sound";
  if (!isMine || context.history.last.zxid >= message.acknowledged) return;
  context.report("AMNESIA", `this peer has acknowledged zxid ${message.acknowledged} and does not have it`);
  context.setHardState({ isAmnesiac: true });
  context.lookAgain();
}
