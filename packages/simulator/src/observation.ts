import type { Hello, Message, RoleView } from "@coterie/consensus";
import type { Epoch, HardState, LogBatch, LogEntry, LogPosition, PeerId, Zxid } from "@coterie/interface";

/**
 * What the world tells the invariants, in the order in which it happens. It is taken at the walls of the peers (what
 * goes into and comes out of consensus, core and the disk) and never from inside them, so that a mistake of theirs
 * cannot hide itself.
 */
export type Observation =
  | PeerStarted
  | PeerEnded
  | RoleTaken
  | Proposed
  | Sent
  | Received
  | Synced
  | DiskChanged
  | Delivered
  | RestoredState
  | Attached
  | ClientTaken
  | ClientAnswered
  | SessionExpired;

/** One run of one peer, from start to crash; unique in a world, ascending. */
export type Life = number;

interface OfPeer {
  readonly peer: PeerId;
  readonly life: Life;
}

/** What a disk holds durably at one moment; never changed once it is made. */
export interface DiskImage {
  /** Null if the disk is blank. */
  readonly hardState: HardState | null;
  readonly base: LogPosition;
  /** All entries above `base`, also those that cannot be read any more. */
  readonly entries: readonly LogEntry[];
  readonly committed: Zxid;
  /** The zxid of the checkpoint; null if there is none. */
  readonly checkpoint: LogPosition | null;
  /** Zxids of entries that cannot be read. */
  readonly unreadable: ReadonlySet<Zxid>;
}

export interface PeerStarted extends OfPeer {
  readonly kind: "started";
  readonly hello: Hello;
  /** What the peer found. */
  readonly disk: DiskImage;
  readonly applied: Zxid;
  /** The state machine's digest at `applied`. */
  readonly digest: string;
}

/** "crashed" by the world, or "stopped" by itself, after an error of the disk, say. */
export interface PeerEnded extends OfPeer {
  readonly kind: "ended";
  readonly cause: "crashed" | "stopped";
}

export interface RoleTaken extends OfPeer {
  readonly kind: "role";
  readonly role: RoleView;
}

/** A leader has put these into consensus. */
export interface Proposed extends OfPeer {
  readonly kind: "proposed";
  readonly epoch: Epoch;
  readonly entries: readonly { readonly zxid: Zxid; readonly bytes: Uint8Array }[];
}

/** A message has left the peer. `disk` is what was durable then, the sender's. */
export interface Sent extends OfPeer {
  readonly kind: "sent";
  readonly to: PeerId;
  readonly message: Message;
  readonly disk: () => DiskImage;
}

export interface Received extends OfPeer {
  readonly kind: "received";
  readonly from: PeerId;
  readonly message: Message;
}

/** A batch has become durable; `disk` is the image after it. The peer may not know yet. */
export interface Synced extends OfPeer {
  readonly kind: "synced";
  readonly batch: LogBatch;
  readonly disk: () => DiskImage;
}

/** A fault has changed what a disk holds: between two lives, or under the feet of one. */
export interface DiskChanged {
  readonly kind: "disk-changed";
  readonly peer: PeerId;
  /** Whether the peer is able to notice, so that nothing may be lost by it; otherwise it is beyond what is promised. */
  readonly isNoticeable: boolean;
  readonly disk: () => DiskImage;
}

/** The state machine has applied an entry. */
export interface Delivered extends OfPeer {
  readonly kind: "delivered";
  readonly entry: LogEntry;
  /** The state machine's digest afterwards. */
  readonly digest: string;
}

/** The state machine has been rebuilt from a checkpoint. */
export interface RestoredState extends OfPeer {
  readonly kind: "restored";
  readonly zxid: Zxid;
  readonly digest: string;
}

/** A txn has given the session to a connection; told when the first peer applies it. */
export interface Attached extends OfPeer {
  readonly kind: "attached";
  readonly zxid: Zxid;
  readonly sessionId: string;
  readonly client: number;
  readonly connection: number;
}

/** A client has come, with a session or to open one, and the leader is asked for it. */
export interface ClientTaken extends OfPeer {
  readonly kind: "client-taken";
  readonly client: number;
  /** The client's count of its connections. */
  readonly connection: number;
  /** What the client has seen. */
  readonly lastZxid: Zxid;
}

/** A reply or an event leaves the peer, over a connection that is open at its end; the first one says that it is connected. */
export interface ClientAnswered extends OfPeer {
  readonly kind: "client-answered";
  readonly client: number;
  readonly connection: number;
}

/** A leader is about to propose the end of a session that was silent. */
export interface SessionExpired extends OfPeer {
  readonly kind: "session-expired";
  readonly sessionId: string;
  /** For how long the leader has heard nothing of it, in this leadership and while its event loop ran. */
  readonly silentMs: number;
  readonly timeoutMs: number;
  /**
   * For how long its client has been connected to a peer that serves under this leader, and has made itself heard, while nothing
   * failed anywhere; less the time in which a link that died in silence is noticed. 0 or less: it has not.
   */
  readonly keptMs: number;
  /** How long a leader may hear nothing of such a client's session. */
  readonly hearingMaxMs: number;
}
