import type { PeerId } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Link } from "../links.ts";
import type { Credential, Notification } from "../message.ts";
import type { Looking } from "./looking-role.ts";

interface Candidate extends Credential {
  readonly peer: PeerId;
  /** The last leader has asked it to take over: preferred among equals. */
  readonly takesOver: boolean;
}

/**
 * The best candidate this peer can name: itself, or a peer that it has heard in this round over a link that is up. So
 * nobody is elected on hearsay. Null if there is none.
 */
export function bestCandidate(context: Context, role: Looking): PeerId | null {
  let best: Candidate | null = null;
  if (isEligible(context)) {
    best = { ...context.credential, peer: context.self, takesOver: role.takesOver !== 0 };
  }
  for (const [peer, notification] of role.heard) {
    if (!isAcceptable(context, peer, notification)) continue;
    const candidate = { ...notification.credential, peer, takesOver: notification.takesOver !== 0 };
    if (supports(context, role, candidate) && (best === null || isBetter(candidate, best))) best = candidate;
  }
  return best?.peer ?? null;
}

/** Lexicographic by epoch, zxid and id; between the last two the wish of the last leader. */
function isBetter(one: Candidate, other: Candidate): boolean {
  if (one.currentEpoch !== other.currentEpoch) return one.currentEpoch > other.currentEpoch;
  if (one.lastZxid !== other.lastZxid) return one.lastZxid > other.lastZxid;
  if (one.takesOver !== other.takesOver) return one.takesOver;
  return one.peer > other.peer;
}

/** Whether `one` has less to show than `other`. */
export function isBehind(one: Credential, other: Credential): boolean {
  return one.currentEpoch === other.currentEpoch
    ? one.lastZxid < other.lastZxid
    : one.currentEpoch < other.currentEpoch;
}

/** Whether this peer may be elected (R3b: neither blank nor amnesiac nor faulty; zab.md 3: nor of weight 0). */
function isEligible(context: Context): boolean {
  return (
    context.isVoter &&
    context.quorum.weightOf(context.self) > 0 &&
    context.standing === "sound" &&
    context.history.faults.length === 0
  );
}

function isAcceptable({ quorum, shunned, ticks }: Context, peer: PeerId, notification: Notification): boolean {
  return (
    quorum.weightOf(peer) > 0 &&
    notification.standing === "sound" &&
    notification.fault === null &&
    (shunned.get(peer) ?? 0) <= ticks
  );
}

/**
 * A peer with unreadable entries supports only whom has them, or could have them: a log that reaches past them. Unless a
 * quorum says that it never had them: then they were never committed (R4, ST-12).
 */
function supports({ history, quorum }: Context, role: Looking, candidate: Candidate): boolean {
  const first = history.faults[0];
  if (first === undefined) return true;
  const upTo = history.faults.at(-1)?.upTo.zxid ?? first.upTo.zxid;
  if (candidate.lastZxid >= upTo) return true;
  return quorum.isQuorum((peer) => {
    const notification = role.heard.get(peer);
    return (
      notification?.standing === "sound" &&
      notification.fault === null &&
      notification.credential.lastZxid <= first.after.zxid
    );
  });
}

/**
 * Whether a peer that calls itself sound has less than it had acknowledged, as far as this peer knows: its disk was
 * rolled back behind its own back (R3, ST-23). It is told, and counts for nothing until it is readmitted.
 */
export function isForgetful(context: Context, link: Link, credential: Credential): boolean {
  const acknowledged = context.marks.acknowledged(link.peer, link.hello.incarnation);
  if (credential.lastZxid >= acknowledged) return false;
  context.send(link, { kind: "amnesia-notice", incarnation: link.hello.incarnation, acknowledged });
  context.report("AMNESIA", `peer ${link.peer} has acknowledged more than its log holds`);
  return true;
}
