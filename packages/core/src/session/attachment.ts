import { assert, type PeerId, type WallTimeMs } from "@coterie/interface";

declare const attachment: unique symbol;

/**
 * One attachment of a session to one connection at one peer, as a positive integer: equal numbers are the same
 * attachment, a greater number is a later one. It is the owner token of semantics 5.4, with an order, so that a
 * late message of an older attachment cannot take the session back (SE-03).
 */
export type Attachment = number & { readonly [attachment]: true };

/** Smaller than every attachment. */
export const ATTACHMENT_NONE: Attachment = 0 as Attachment;

/** The low byte is the peer's id, so that no two peers make the same number. */
const PEER_SPAN = 256;
/** Half of the range that the peer's id leaves of 2^53, so that even a mad clock leaves room to count. */
const SEQUENCE_BY_CLOCK_MAX = 2 ** 44;

/**
 * The number for a connection that a client opens now at `peerId`. `previous` is the greatest number that this
 * peer has made or has been told of.
 *
 * The wall clock puts the attachments of different peers in their order. Where clocks disagree, a newer attachment
 * may be refused as the older one; the refused peer learns the present owner (`SessionTracker.ownerOf`), closes the
 * connection, and the client's next attempt gets a greater number. So a wrong clock costs one reconnect.
 */
export function nextAttachment(peerId: PeerId, previous: Attachment, nowMs: WallTimeMs): Attachment {
  const byClock = Math.min(Math.max(0, Math.floor(nowMs)), SEQUENCE_BY_CLOCK_MAX);
  const sequence = Math.max(byClock, Math.floor(previous / PEER_SPAN) + 1);
  const next = sequence * PEER_SPAN + peerId;
  assert(Number.isSafeInteger(next) && next > previous, "attachments are counted upwards, exactly");
  return next as Attachment;
}
