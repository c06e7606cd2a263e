import type { Epoch, LogFault, LogPosition, PeerId, StoredCheckpoint, Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Link } from "../links.ts";
import type { AckEpoch, ConfirmTarget, Credential, ForeignMark, Standing } from "../message.ts";

/**
 * This peer leads, or is about to. What ZooKeeper calls the phase of the leader is here only how far the epoch as a
 * whole has come; where each learner stands is its own affair.
 */
export interface Leading {
  readonly kind: "leading";
  phase: "discovery" | "synchronisation" | "broadcast";
  /** 0 until it is chosen. */
  epoch: Epoch;
  /** What this peer had when it was elected: in discovery nobody who counts may have more (zab.md 5, step 5). */
  readonly credential: Credential;
  /** The end of the history that the epoch begins with. */
  readonly initialZxid: Zxid;
  readonly learners: Map<PeerId, Learner>;
  /** Ticks since the epoch last came closer to being established. */
  idleTicks: number;
  heartbeatTicks: number;
  /** The last heartbeat round that was sent; ascends. */
  pingRound: number;
  /** The first of the last rounds that was sent in each tick, ascending. */
  pings: { readonly round: number; readonly tick: number }[];
  /** A quorum must answer this round before the epoch counts as established; 0 until the acks are there. */
  establishRound: number;
  /** Proposals that this peer has not applied yet, oldest first, and their bytes. */
  proposals: { readonly zxid: Zxid; readonly sizeBytes: number }[];
  proposalsSizeBytes: number;
  /** Requests that wait for room. */
  requests: { readonly from: PeerId; readonly payload: Uint8Array }[];
  requestsSizeBytes: number;
  /** Requests, and their bytes, that the shell has got in this turn and not proposed yet: they have taken their room. */
  handedOut: number;
  handedOutSizeBytes: number;
  confirmations: Confirmation[];
  /** The round that has been sent for confirmations and not been answered by a quorum; 0 if there is none. */
  confirmRound: number;
  /** The last such round that a quorum has answered. */
  confirmedRound: number;
  handOver: HandingOver | null;
  transfersBegun: number;
}

/** Somebody wants to know what is certainly committed. */
export interface Confirmation {
  /** Null: this peer itself. */
  readonly learner: Learner | null;
  /** The learner's number, or this peer's ids. */
  readonly number: number;
  readonly ids: readonly number[];
  readonly target: ConfirmTarget;
  readonly zxid: Zxid;
  /** A quorum must answer this round, or a later one; 0 until one is sent after the question. */
  round: number;
}

export interface HandingOver {
  readonly target: PeerId;
  /** The target has been asked. */
  wasSent: boolean;
  ticksLeft: number;
}

/** How far one learner has come. It lives as long as the link over which the learner reported. */
export interface Learner {
  readonly peer: PeerId;
  readonly link: Link;
  standing: Standing;
  phase:
    | "reported" /** FOLLOWERINFO is here. */
    | "promising" /** NEWEPOCH is sent. */
    | "promised" /** ACKEPOCH is here; synchronisation has not begun. */
    | "locating" /** The position where the logs part is being read. */
    | "repairing"
    | "waiting" /** For a transfer to end, so that its own may begin. */
    | "transferring" /** A checkpoint. */
    | "streaming" /** The log, its own or new. */
    | "joined" /** ACK of NEWLEADER is here. */;
  /** Whether it promised this epoch to this leader and had no more than it: counts towards the establishment. */
  hasPromised: boolean;
  log: Pick<AckEpoch, "base" | "committed" | "epochEnds"> | null;
  /** The last zxid that this log and the learner's share, as far as they tell; null if there is none. */
  common: Zxid | null;
  faults: readonly LogFault[];
  /** The last entry that was sent. */
  sent: LogPosition;
  wasToldNewLeader: boolean;
  acked: Zxid;
  /** Frames sent and not acknowledged, and when each was sent, in ticks. */
  frames: { readonly zxid: Zxid; readonly sizeBytes: number; readonly tick: number }[];
  framesSizeBytes: number;
  committedTold: Zxid;
  /** Its questions that wait for confirmation. */
  questions: number;
  /** The last heartbeat round that it has answered. */
  pongRound: number;
  /** When the last round that it has answered was sent. */
  heardTick: number;
  reading: number | null;
  transfer: Transfer | null;
  readmission: { readonly round: number; readonly zxid: Zxid; wasSent: boolean } | null;
}

/** A checkpoint on its way to a learner. */
export interface Transfer {
  readonly id: number;
  checkpoint: StoredCheckpoint | null;
  mark: ForeignMark | null;
  /** Pages read so far, and those the learner has taken. */
  read: number;
  taken: number;
  isReading: boolean;
  /** Sizes of pages sent and not taken. */
  readonly sizes: number[];
  sizeBytes: number;
  /** Since when the learner has had pages to take and has taken none, in ticks; null if it has none to take. */
  waitingSince: number | null;
}

/** Whether what the learner acknowledges counts: a voter that has joined and is sound. */
export function isCounted({ quorum }: Context, learner: Learner): boolean {
  return learner.phase === "joined" && learner.standing === "sound" && quorum.isVoter(learner.peer);
}

/** Whether this peer and the learners that `has` names are a quorum. Only voters that are sound are asked. */
export function isQuorumOf(context: Context, role: Leading, has: (learner: Learner) => boolean): boolean {
  return context.quorum.isQuorum((peer) => {
    if (peer === context.self) return true;
    const learner = role.learners.get(peer);
    return learner !== undefined && learner.standing === "sound" && has(learner);
  });
}

/** The learner has this on its disk, which makes room in its stream. Whether that is news. */
export function noteAcked(learner: Learner, acknowledged: Zxid): boolean {
  const zxid = Math.min(acknowledged, learner.sent.zxid) as Zxid;
  while ((learner.frames[0]?.zxid ?? Infinity) <= zxid)
    learner.framesSizeBytes -= learner.frames.shift()?.sizeBytes ?? 0;
  if (zxid <= learner.acked) return false;
  learner.acked = zxid;
  return true;
}

/**
 * What the learner was being given is given up. Its link stays. What it asked for and has not been handed out goes, too:
 * its sessions have been told that the outcome is unknown.
 */
export function forgetLearner(context: Context, role: Leading, learner: Learner): void {
  if (role.learners.get(learner.peer) !== learner) return;
  role.learners.delete(learner.peer);
  role.requests = role.requests.filter(({ from, payload }) => {
    if (from === learner.peer) role.requestsSizeBytes -= payload.length;
    return from !== learner.peer;
  });
  context.forgetReading(learner.reading);
  if (learner.transfer !== null) context.effects.push({ kind: "close-checkpoint", transfer: learner.transfer.id });
}

/** The learner gets nothing more, and knows it by the end of its link. */
export function dropLearner(
  context: Context,
  role: Leading,
  learner: Learner,
  reason: "disorder" | "refused" | "silent",
): void {
  forgetLearner(context, role, learner);
  context.dropLink(learner.link, reason);
}

/** What waited for room has no effect anywhere, and whoever asked may know. */
function refuseRequestsOf(context: Context, role: Leading, { peer, link }: Learner): void {
  const payloads = role.requests.filter((request) => request.from === peer).map((request) => request.payload);
  if (payloads.length > 0) context.send(link, { kind: "requests-refused", epoch: role.epoch, payloads });
}

/** Leadership ends: learners are told, requests and reads that wait are refused. */
export function leaveLeading(context: Context, role: Leading): void {
  const links: number[] = [];
  for (const learner of role.learners.values()) {
    refuseRequestsOf(context, role, learner);
    links.push(learner.link.id);
    learner.link.followerInfo = null;
    forgetLearner(context, role, learner);
  }
  context.sendAll(links, { kind: "not-leading" });
  const own = role.requests.filter((request) => request.from === context.self).map((request) => request.payload);
  if (own.length > 0) context.effects.push({ kind: "requests-refused", payloads: own });
  const ids = role.confirmations.flatMap((confirmation) => confirmation.ids);
  if (ids.length > 0) context.effects.push({ kind: "refused", ids });
}
