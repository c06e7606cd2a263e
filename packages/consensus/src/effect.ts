import type { Epoch, LogBatch, LogEntry, PeerId, Zxid, ZxidRange } from "@coterie/interface";
import type { Message } from "./message.ts";

/**
 * What the shell has to do, in this order. Nothing that promises durability is sent before the batch it promises is
 * reported by the input `stored` (R1), so effects of one step need not wait for each other.
 */
export type Effect =
  | Send
  | CloseLink
  | Store
  | ReadLog
  | AddPages
  | DropPages
  | OpenCheckpoint
  | ReadPages
  | CloseCheckpoint
  | Deliver
  | Restore
  | DeliverRequests
  | RequestsRefused
  | DeliverTouches
  | ConfirmedReads
  | RefusedReads
  | RoleChanged
  | Report
  | Stop;

/** One message, encoded once, to each of the links, at least one. */
export interface Send {
  readonly kind: "send";
  readonly links: readonly number[];
  readonly message: Message;
}

/** The other end does not answer, or says what it should not. The shell closes it, and dials again if it is the dialler. */
export interface CloseLink {
  readonly kind: "close-link";
  readonly link: number;
  readonly reason: CloseReason;
}

export type CloseReason =
  /** It belongs to another cluster (MB-02). */
  | "foreign"
  /** The same peer has opened another link. */
  | "replaced"
  /** No reply in time (TR-04). */
  | "silent"
  /** What came does not follow what came before (TR-06), or cannot be. */
  | "disorder"
  /** The leader does not take it as a learner now: it has more than the leader, say. */
  | "refused";

/** `LogStorage.write`; answered by the input `stored`. The next one comes only after that. */
export interface Store {
  readonly kind: "store";
  readonly batch: LogBatch;
}

/** `LogStorage.read`; answered by the input `log-read`. */
export interface ReadLog {
  readonly kind: "read-log";
  readonly reading: number;
  readonly range: ZxidRange;
  readonly sizeMaxBytes: number;
}

/**
 * `LogStorage.addPages`; answered by `pages-added`, unless `drop-pages` comes first: what the shell had in its draft, or on the
 * way to it, it has given up then.
 */
export interface AddPages {
  readonly kind: "add-pages";
  readonly pages: readonly Uint8Array[];
}

/**
 * `LogStorage.dropPages`: another peer's checkpoint comes in, or comes no more. The shell abandons one of its own
 * (`Checkpoints.abandon`, also if none is under way: the next is a full one), and carries this out when a purge under way has
 * ended and `purged` was handed in. It begins neither before `ZabView.mayCheckpoint`.
 */
export interface DropPages {
  readonly kind: "drop-pages";
}

/** `LogStorage.openCheckpoint`; answered by `checkpoint-opened`. */
export interface OpenCheckpoint {
  readonly kind: "open-checkpoint";
  readonly transfer: number;
}

/** `CheckpointReader.read`; answered by `pages-read`. */
export interface ReadPages {
  readonly kind: "read-pages";
  readonly transfer: number;
  readonly first: number;
  readonly sizeMaxBytes: number;
}

/** The reader, if it is open or opens later, is not needed any more; nothing of it is answered. */
export interface CloseCheckpoint {
  readonly kind: "close-checkpoint";
  readonly transfer: number;
}

/** Committed, and synced here: apply these, in order. Answered by the input `applied`. */
export interface Deliver {
  readonly kind: "deliver";
  readonly entries: readonly LogEntry[];
}

/**
 * The store holds another peer's checkpoint now, at `zxid`: the state machine becomes what it says; then `applied`.
 */
export interface Restore {
  readonly kind: "restore";
  readonly zxid: Zxid;
}

/**
 * For the leader's shell: requests of the sessions of `from`, in order; to prepare and propose. There was room for their
 * txns; whoever proposes asks `nextZxid` again, since leadership may be handed over meanwhile, and keeps what finds none.
 */
export interface DeliverRequests {
  readonly kind: "requests";
  readonly from: PeerId;
  readonly payloads: readonly Uint8Array[];
}

/**
 * These `payloads`, which `request` brought, are not taken, here or by the leader, and have no effect anywhere. Others of
 * the same session that came after them may be taken: who promises an order ends the session's connection now.
 */
export interface RequestsRefused {
  readonly kind: "requests-refused";
  readonly payloads: readonly Uint8Array[];
}

/** For the leader's shell: the sessions of `from` that have been touched. */
export interface DeliverTouches {
  readonly kind: "touches";
  readonly from: PeerId;
  readonly payloads: readonly Uint8Array[];
}

/** These reads may be answered as soon as everything up to `zxid` is applied. */
export interface ConfirmedReads {
  readonly kind: "confirmed";
  readonly ids: readonly number[];
  readonly zxid: Zxid;
}

/** These are not confirmed: there is no leader, or no quorum that says so. Ask again. */
export interface RefusedReads {
  readonly kind: "refused";
  readonly ids: readonly number[];
}

/**
 * What this peer is now. A shell that led and leads no longer discards what it has prepared; one that serves no longer
 * ends its sessions' writes with an unknown outcome.
 */
export interface RoleChanged {
  readonly kind: "role";
  readonly role: RoleView;
}

export interface RoleView {
  readonly state: "blank" | "looking" | "following" | "observing" | "leading";
  /** Whether sessions may be served: an established leader that has applied its history, or a learner up to date. */
  readonly isServing: boolean;
  /** 0 while there is none. */
  readonly epoch: Epoch;
  readonly leader: PeerId | null;
}

/** Something that an operator should know. `code` is stable; `details` is for people. */
export interface Report {
  readonly kind: "report";
  readonly code: ReportCode;
  readonly details: string;
}

export type ReportCode =
  /** A peer of another cluster. */
  | "FOREIGN_PEER"
  /** A voter goes by another voter set than this peer. */
  | "VOTER_SETS_DIFFER"
  /** The cluster cannot be founded yet: says who is missing. */
  | "WAITING_FOR_VOTERS"
  /** An epoch too far ahead was refused. */
  | "EPOCH_TOO_FAR_AHEAD"
  | "ROUND_TOO_FAR_AHEAD"
  /** This peer, or another one, has forgotten what it had acknowledged. */
  | "AMNESIA"
  /** Entries of this peer's log cannot be read, and are fetched. */
  | "LOG_FAULTY"
  /** The disk has not answered for too long: this peer does not lead. */
  | "STORE_SLOW"
  /** This epoch's zxids are used up, and another one begins. */
  | "COUNTER_EXHAUSTED";

/** This peer can do nothing any more: its shell stops it as a unit (R5). */
export interface Stop {
  readonly kind: "stop";
  readonly code: "EPOCH_EXHAUSTED" | "HISTORY_DIVERGED";
  readonly details: string;
}
