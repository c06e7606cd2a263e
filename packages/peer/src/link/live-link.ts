import type { Hello } from "@coterie/consensus";
import type { Clock, PeerId } from "@coterie/interface";

/** A link, as far as others to the same peer need to know of it. */
export interface LiveLink {
  /** Who has to be at the other end, or says so; null as long as neither is known. */
  readonly peer: PeerId | null;
  /** What the other end has said of itself. Asked when it has. */
  readonly hello: Hello;
  /** Which of the two peers has dialled. */
  readonly dialler: PeerId;
  /** The number that it was given by `LiveLinks.nextOrder` when its connection opened. */
  readonly order: number;
  /** Another link to the same peer is kept in place of this one. */
  replace(why: string): void;
}

/** How long a link has to show that its other end still lives, before a newcomer takes its place. */
export interface LiveLinkOptions {
  readonly clock: Clock;
  /** Shorter than the handshake's time limit, within which a newcomer waits, and longer than a heartbeat's interval. */
  readonly aliveWithinMs: number;
}
