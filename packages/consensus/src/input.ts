import type { CheckpointMark, LogPosition, LogReading, PeerId, StoredCheckpoint, Zxid } from "@coterie/interface";
import type { ConfirmTarget, Hello, Message } from "./message.ts";

/**
 * What can happen to a peer. The shell hands inputs to `Zab.step` one at a time, in the order in which they happened,
 * and carries out the effects of one before it hands in the next. After the last input of a turn of the event loop
 * comes `turn-ended`: what can wait that long goes out in one frame.
 */
export type Input =
  | Tick
  | TurnEnded
  | LinkOpened
  | LinkClosed
  | MessageReceived
  | Stored
  | LogRead
  | PagesAdded
  | CheckpointOpened
  | PagesRead
  | Applied
  | Purged
  | CheckpointTaken
  | Request
  | Propose
  | Touch
  | ConfirmRequest
  | HandOver;

/**
 * A tick of the clock has passed. Before it, the shell hands in all messages that have arrived; ticks missed while the
 * event loop stood still are not made up for: a peer that has stalled blames itself first (R8).
 */
export interface Tick {
  readonly kind: "tick";
}

export interface TurnEnded {
  readonly kind: "turn-ended";
}

/**
 * A link to another peer is up and `hello` is what it said first. `link` is a number that no earlier link of this peer
 * had, on any connection: its incarnation. A second link to the same peer replaces the first.
 */
export interface LinkOpened {
  readonly kind: "link-opened";
  readonly link: number;
  readonly hello: Hello;
}

/** Also after the effect `close-link`, at any later time, or never. */
export interface LinkClosed {
  readonly kind: "link-closed";
  readonly link: number;
}

export interface MessageReceived {
  readonly kind: "message";
  readonly link: number;
  readonly message: Message;
}

/** The batch of the last effect `store` is synced. A batch that failed is never reported: the peer stops (R5). */
export interface Stored {
  readonly kind: "stored";
}

/** The answer to the effect `read-log`. */
export interface LogRead {
  readonly kind: "log-read";
  readonly reading: number;
  readonly result: LogReading;
}

/** The answer to the effect `add-pages`. */
export interface PagesAdded {
  readonly kind: "pages-added";
}

/** The answer to the effect `open-checkpoint`. The config is the one in force in the checkpoint's state. */
export interface CheckpointOpened {
  readonly kind: "checkpoint-opened";
  readonly transfer: number;
  readonly checkpoint: StoredCheckpoint | null;
}

/** The answer to the effect `read-pages`; null if they cannot be read. */
export interface PagesRead {
  readonly kind: "pages-read";
  readonly transfer: number;
  readonly pages: readonly Uint8Array[] | null;
}

/** The state machine has applied everything up to `zxid`. Wanted soon after each `deliver`, and after `restore`. */
export interface Applied {
  readonly kind: "applied";
  readonly zxid: Zxid;
}

/** The log begins after `base` by now. */
export interface Purged {
  readonly kind: "purged";
  readonly base: LogPosition;
}

/** The peer's own checkpoint is complete; its mark goes into the next batch. */
export interface CheckpointTaken {
  readonly kind: "checkpoint-taken";
  readonly mark: CheckpointMark;
}

/**
 * A request of one of this peer's sessions, opaque: it goes to the leader, which may be this peer, and comes out there
 * as the effect `requests`. Refused with the effect `requests-refused` if no leader is there to take it, or if too
 * many wait. After a change of the role, what was sent and has not come back as a txn has an unknown outcome.
 */
export interface Request {
  readonly kind: "request";
  readonly payload: Uint8Array;
}

/**
 * Txns that this peer, the leader, has prepared: zxids ascend by one from `Zab.nextZxid()`; an assertion if that gave
 * null. More than `Zab.proposalRoom()` says may come of requests that were handed out in one turn: they are taken, and
 * nothing more is handed out until there is room.
 */
export interface Propose {
  readonly kind: "propose";
  readonly txns: readonly Uint8Array[];
}

/** A report of touched sessions for the leader, opaque. It rides on the next reply to a heartbeat, or ahead of a question to the quorum. */
export interface Touch {
  readonly kind: "touch";
  readonly payload: Uint8Array;
}

/** Asks for the effect `confirmed` with the same `id` (R7). */
export interface ConfirmRequest {
  readonly kind: "confirm";
  readonly id: number;
  readonly target: ConfirmTarget;
}

/** This peer, if it leads, hands over its leadership; to the best voter there is if no `target` is named. */
export interface HandOver {
  readonly kind: "hand-over";
  readonly target: PeerId | null;
}
