import { formatZxid, type LogEntry, type Zxid, ZXID_NONE } from "@coterie/interface";
import type { Credential, Message } from "@coterie/consensus";
import { type Invariant, Violation } from "./invariant.ts";
import type { PeerRecord, Witness } from "./witness.ts";

type AckEpoch = Extract<Message, { readonly kind: "ack-epoch" }>;

/**
 * What a peer says it has, it has on its disk, synced, at the moment when the message leaves it; and what it applies.
 * - ACK up to z: every entry up to z, the same as everywhere, none of them known to be unreadable; currentEpoch.
 * - ACKEPOCH, NEWEPOCH: acceptedEpoch; with ACKEPOCH also currentEpoch and the log's end as told.
 * - ACK of NEWLEADER: currentEpoch and the history.
 * - notification, FOLLOWERINFO: the credential is at most what is synced. "readmitted": the disk says sound.
 * - "pages-taken" promises nothing: pages without a mark are garbage.
 *
 * Source: design, R1 and decision 3; zab.md, section 2; the bugs 3911, 4643, 4646, 4785.
 * Sound: the disk is known from what became durable alone, in the order in which it did. A chain hash stands for the
 * whole prefix. What a fault takes away under the feet of a life, that life cannot know, and is excused.
 */
export function createSyncedBeforeSaid(witness: Witness): Invariant {
  return {
    name: "synced-before-said",
    observe(observation) {
      if (observation.kind === "sent") {
        const peer = witness.peer(observation.peer);
        if (peer.isDisturbed) return;
        const fault = faultOf(witness, peer, observation.message);
        if (fault !== null) fail(peer, `says ${observation.message.kind}, but ${fault}`);
      } else if (observation.kind === "delivered") {
        const peer = witness.peer(observation.peer);
        if (!peer.isDisturbed && !isStored(peer, observation.entry))
          fail(peer, `applies ${formatZxid(observation.entry.zxid)}, but it is not on disk`);
      }
    },
  };
}

function fail(peer: PeerRecord, what: string): never {
  throw new Violation("synced-before-said", `peer ${peer.peer} ${what}`);
}

/** What is wrong with saying this, in words; null if nothing is. */
function faultOf(witness: Witness, peer: PeerRecord, message: Message): string | null {
  const { hardState } = peer.disk;
  switch (message.kind) {
    case "ack":
      // Before its ACK of NEWLEADER a learner's acks make room in the stream and count for nothing.
      return faultUpTo(witness, peer, message.zxid);
    case "ack-new-leader":
      if (hardState?.currentEpoch !== message.epoch) return `the disk's epoch is ${hardState?.currentEpoch}`;
      return faultUpTo(witness, peer, message.last);
    case "ack-epoch":
      return faultOfAckEpoch(peer, message);
    case "new-epoch":
      return (hardState?.acceptedEpoch ?? 0) < message.epoch ? "its own promise is not on disk" : null;
    case "notification":
      if (message.acceptedEpoch > (hardState?.acceptedEpoch ?? 0)) return "the accepted epoch is not on disk";
      return faultOfCredential(peer, message.credential);
    case "follower-info":
      if (message.acceptedEpoch > (hardState?.acceptedEpoch ?? 0)) return "the accepted epoch is not on disk";
      return faultOfCredential(peer, message.credential);
    case "readmitted":
      return hardState?.isAmnesiac === false ? null : "the disk says amnesiac";
    default:
      return null;
  }
}

function faultUpTo(witness: Witness, peer: PeerRecord, zxid: Zxid): string | null {
  if (zxid === ZXID_NONE) return null;
  const { disk } = peer;
  if (!disk.has(zxid)) return `${formatZxid(zxid)} is not on disk`;
  const hash = disk.hashAt(zxid);
  const expected = witness.entry(zxid)?.chainHash ?? null;
  if (hash !== null && expected !== null && hash !== expected && !witness.isVoid) {
    return `the disk has another history up to ${formatZxid(zxid)}`;
  }
  const checkpoint = disk.checkpoint?.zxid ?? ZXID_NONE;
  for (const faulty of peer.foundUnreadable) {
    if (faulty > checkpoint && faulty <= zxid && disk.unreadable.has(faulty))
      return `${formatZxid(faulty)} cannot be read`;
  }
  return null;
}

function faultOfAckEpoch(peer: PeerRecord, message: AckEpoch): string | null {
  const { hardState } = peer.disk;
  if ((hardState?.acceptedEpoch ?? 0) < message.epoch) return "the promise is not on disk";
  if (message.currentEpoch !== (hardState?.currentEpoch ?? 0)) return `the epoch is ${hardState?.currentEpoch}`;
  const { zxid, chainHash } = message.last;
  if (!peer.disk.has(zxid)) return `${formatZxid(zxid)} is not on disk`;
  const hash = peer.disk.hashAt(zxid);
  return hash === null || hash === chainHash ? null : `the disk has another history up to ${formatZxid(zxid)}`;
}

function faultOfCredential(peer: PeerRecord, { currentEpoch, lastZxid }: Credential): string | null {
  if (currentEpoch > (peer.disk.hardState?.currentEpoch ?? 0)) return `epoch ${currentEpoch} is not on disk`;
  return lastZxid > peer.disk.reach ? `${formatZxid(lastZxid)} is not on disk` : null;
}

function isStored(peer: PeerRecord, { zxid, chainHash }: LogEntry): boolean {
  const hash = peer.disk.hashAt(zxid);
  return hash === null ? peer.disk.has(zxid) : hash === chainHash;
}
