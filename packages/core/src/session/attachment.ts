import { assert, type PeerId, type WallTimeMs } from "@coterie/interface";

declare const attachment: unique symbol;

/**
 * The name of one connection of one client in one life of one peer: a positive integer, the owner token of semantics
 * 5.4. Only equality means something: which attachment owns a session goes by their order of arrival at the leader, as
 * in ZooKeeper, and not by their numbers (`SessionTracker.attach`).
 */
export type Attachment = number & { readonly [attachment]: true };

/** Names no connection. */
export const ATTACHMENT_NONE: Attachment = 0 as Attachment;

/** The low byte is the peer's id, so that no two peers make the same number. */
const PEER_SPAN = 256;
/** Half of the range that the peer's id leaves of 2^53, so that even a mad clock leaves room to count. */
const SEQUENCE_BY_CLOCK_MAX = 2 ** 44;

/**
 * A name for a connection that a client opens now at `peerId`. `previous` is the last one that this life of the peer has
 * made. It counts; the wall clock only makes it begin elsewhere in each life. Should a clock that was set back make the name
 * of an earlier life again, no harm is done: what that life has asked for is not taken over a link of this one.
 */
export function nextAttachment(peerId: PeerId, previous: Attachment, nowMs: WallTimeMs): Attachment {
  const byClock = Math.min(Math.max(0, Math.floor(nowMs)), SEQUENCE_BY_CLOCK_MAX);
  const sequence = Math.max(byClock, Math.floor(previous / PEER_SPAN) + 1);
  const next = sequence * PEER_SPAN + peerId;
  assert(Number.isSafeInteger(next) && next > previous, "attachments are counted upwards, exactly");
  return next as Attachment;
}
