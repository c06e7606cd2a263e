import type { CheckpointMark, Epoch, LogEntry, LogFault, LogPosition, PeerId, Zxid } from "@coterie/interface";

/**
 * What peers say to each other. A closed union; each is named as in ZooKeeper's protocol where it has the same duty
 * (in brackets: its packet there). Nothing in a message is ever changed once it is made, so one message object, and
 * one encoding of it, serves every receiver.
 *
 * Every message of a leadership carries its epoch: what belongs to another one is dropped by comparison. No message
 * assumes that whoever sends it leads.
 */
export type Message =
  | Notification
  | FoundingQuestion
  | FoundingAnswer
  | Found
  | AmnesiaNotice
  | FollowerInfo
  | NotLeading
  | NewEpoch
  | AckEpoch
  | Sync
  | CheckpointPages
  | PagesTaken
  | Repair
  | Propose
  | NewLeader
  | AckNewLeader
  | UpToDate
  | Ack
  | Commit
  | Ping
  | Pong
  | Readmit
  | Readmitted
  | Requests
  | RequestsRefused
  | Confirm
  | Confirmed
  | TakeOver;

/**
 * The first thing said on every link, in both directions. The shell sends what `Zab.hello` gives and hands what it
 * receives to `link-opened`; the frame's version is settled with it.
 */
export interface Hello {
  readonly peer: PeerId;
  /** Null as long as the peer is blank. */
  readonly clusterId: string | null;
  /** Which life of this peer id it is. */
  readonly incarnation: number;
  /** Of the voter set that the peer goes by: peers that disagree found nothing together (MB-04). */
  readonly voterSetDigest: number;
}

/** How much a peer may be believed (R3b). */
export type Standing = "blank" | "amnesiac" | "sound";

export type PeerState = "looking" | "following" | "leading" | "observing";

/** What a peer has to show in an election: the epoch whose leader it last accepted, and the end of its synced log. */
export interface Credential {
  readonly currentEpoch: Epoch;
  readonly lastZxid: Zxid;
}

/**
 * [Notification] Where the sender stands, and whom it votes for or follows. Sent to every voter when something of it
 * changes during an election, on every new link, and in answer to a peer that is looking.
 */
export interface Notification {
  readonly kind: "notification";
  readonly state: PeerState;
  readonly standing: Standing;
  readonly clusterId: string | null;
  /** Of the sender's election; ZooKeeper's electionEpoch or logical clock. */
  readonly round: number;
  /** While looking: the vote, null if there is nobody to vote for. Otherwise the leader, which may be the sender. */
  readonly vote: PeerId | null;
  /** The sender's own, not the candidate's; synced (R1). */
  readonly credential: Credential;
  readonly acceptedEpoch: Epoch;
  /** The zxids that the sender's log holds unreadably: those above `after` up to `upTo` (R4). */
  readonly fault: { readonly after: Zxid; readonly upTo: Zxid } | null;
  /** Of the leadership that the sender is part of; 0 while there is none. */
  readonly epoch: Epoch;
  /** Sent by a leader: whether a quorum has acknowledged its leadership. */
  readonly isEstablished: boolean;
  /** While looking: the epoch whose leader has asked the sender to take over; 0 otherwise. */
  readonly takesOver: Epoch;
}

/** Asked of every other voter by whoever would found a blank one, when that one has turned up (R3b). */
export interface FoundingQuestion {
  readonly kind: "founding-question";
  /** Ascends over a link. */
  readonly number: number;
  readonly clusterId: string;
}

export interface FoundingAnswer {
  readonly kind: "founding-answer";
  readonly number: number;
  /** The sender, blank or with the first entry of that cluster alone, has promised no epoch. */
  readonly isUntouched: boolean;
}

/** From the founder of a new cluster to a blank voter: the first entry of everybody's log (R3b). */
export interface Found {
  readonly kind: "found";
  readonly clusterId: string;
  /** The first entry: the voter set. */
  readonly entry: LogEntry;
}

/** To a peer whose log ends before what it has acknowledged to the sender: it has forgotten (R3, ST-23). */
export interface AmnesiaNotice {
  readonly kind: "amnesia-notice";
  readonly incarnation: number;
  /** What it had acknowledged, committed meanwhile. */
  readonly acknowledged: Zxid;
}

/** [FOLLOWERINFO, OBSERVERINFO] A learner reports to the peer that it takes for the leader. */
export interface FollowerInfo {
  readonly kind: "follower-info";
  readonly acceptedEpoch: Epoch;
  readonly credential: Credential;
  readonly standing: Standing;
  readonly round: number;
}

/** The answer to a report (FOLLOWERINFO) at a peer that follows another one; and the last word of a leader that resigns. */
export interface NotLeading {
  readonly kind: "not-leading";
}

/** [LEADERINFO] */
export interface NewEpoch {
  readonly kind: "new-epoch";
  readonly epoch: Epoch;
}

/** [ACKEPOCH] The promise to accept nothing of a lower epoch is synced. */
export interface AckEpoch {
  readonly kind: "ack-epoch";
  readonly epoch: Epoch;
  /** Whether the learner has promised this epoch to this leader and to no other. If not, it joins without counting. */
  readonly isPromise: boolean;
  readonly currentEpoch: Epoch;
  readonly last: LogPosition;
  readonly base: LogPosition;
  /** What the learner knows to be committed: so far at least its log is the leader's. */
  readonly committed: Zxid;
  /** Where the learner's epochs end, ascending; the newest ones, `ZabLimits.epochEndsMax` at most; ends with `last`. */
  readonly epochEnds: readonly LogPosition[];
  readonly faults: readonly LogFault[];
}

/**
 * [DIFF, TRUNC, SNAP] How the learner's log becomes the leader's, before any entry comes:
 * - "diff": the learner keeps its log up to `after` and drops the rest, if there is a rest (TRUNC).
 * - "checkpoint": the pages of a checkpoint come first and replace log and state; `after` is where it stands.
 */
export interface Sync {
  readonly kind: "sync";
  readonly epoch: Epoch;
  readonly clusterId: string;
  /** The voter set in force at `after` or later; an encoded EnsembleConfig. */
  readonly config: Uint8Array;
  readonly mode: "diff" | "checkpoint";
  readonly after: LogPosition;
  /** With "checkpoint" only. */
  readonly mark: ForeignMark | null;
}

/** Of a checkpoint that was another peer's: "full" and "delta" ones are of this peer's own log, and never travel. */
export interface ForeignMark extends CheckpointMark {
  readonly kind: "incoming" | "covering";
}

export interface CheckpointPages {
  readonly kind: "checkpoint-pages";
  readonly epoch: Epoch;
  /** The index of the first of these pages. */
  readonly first: number;
  readonly pages: readonly Uint8Array[];
}

/** The pages below `count` are in the learner's draft: more may come. */
export interface PagesTaken {
  readonly kind: "pages-taken";
  readonly epoch: Epoch;
  readonly count: number;
}

/** Entries for the learner's first fault, from its beginning (R4). */
export interface Repair {
  readonly kind: "repair";
  readonly epoch: Epoch;
  /** The position before the first entry: the beginning of the fault. */
  readonly after: LogPosition;
  /** At least one. */
  readonly entries: readonly LogEntry[];
}

/** [PROPOSAL, and COMMIT with it] Entries that follow `after`, many in a frame. */
export interface Propose {
  readonly kind: "propose";
  readonly epoch: Epoch;
  /** The position before the first entry: the learner's end, or the link has lost something. */
  readonly after: LogPosition;
  /** At least one. */
  readonly entries: readonly LogEntry[];
  /** What the sender knows to be committed. */
  readonly committed: Zxid;
}

/** [NEWLEADER] Everything up to `last` is the history that the epoch begins with. */
export interface NewLeader {
  readonly kind: "new-leader";
  readonly epoch: Epoch;
  readonly last: Zxid;
}

/** [ACK of NEWLEADER] The epoch's initial history and its number are synced. */
export interface AckNewLeader {
  readonly kind: "ack-new-leader";
  readonly epoch: Epoch;
  readonly last: Zxid;
}

/** [UPTODATE] The epoch is established; the learner may serve once it has applied up to `committed`. */
export interface UpToDate {
  readonly kind: "up-to-date";
  readonly epoch: Epoch;
  readonly committed: Zxid;
}

/** [ACK] Cumulative: everything up to `zxid` is synced. */
export interface Ack {
  readonly kind: "ack";
  readonly epoch: Epoch;
  readonly zxid: Zxid;
}

/** [COMMIT] Cumulative; sent when no proposal is there to carry it. */
export interface Commit {
  readonly kind: "commit";
  readonly epoch: Epoch;
  readonly zxid: Zxid;
}

/** [PING] A heartbeat, and the question whether the sender still leads. */
export interface Ping {
  readonly kind: "ping";
  readonly epoch: Epoch;
  /** Ascends; not a time. */
  readonly round: number;
  readonly committed: Zxid;
  /** What voters have acknowledged of what is committed, for everybody to remember (R3). */
  readonly marks: readonly AckMark[];
}

/** One voter's life, and how far its log must reach. */
export interface AckMark {
  readonly peer: PeerId;
  readonly incarnation: number;
  readonly zxid: Zxid;
}

/** [PING] The reply, in which a learner's session touch reports ride. */
export interface Pong {
  readonly kind: "pong";
  readonly epoch: Epoch;
  readonly round: number;
  /** Opaque; in the order in which they were given. */
  readonly touches: readonly Uint8Array[];
}

/** The learner counts again: what it may have forgotten is covered (R3b). */
export interface Readmit {
  readonly kind: "readmit";
  readonly epoch: Epoch;
}

/** The learner has it on disk that it is sound. */
export interface Readmitted {
  readonly kind: "readmitted";
  readonly epoch: Epoch;
}

/** [REQUEST] Requests of the learner's sessions, opaque, in order. */
export interface Requests {
  readonly kind: "requests";
  readonly epoch: Epoch;
  readonly payloads: readonly Uint8Array[];
}

/** The leader has no room for these: they have no effect anywhere. */
export interface RequestsRefused {
  readonly kind: "requests-refused";
  readonly epoch: Epoch;
  readonly payloads: readonly Uint8Array[];
}

/** [SYNC] Asks for a zxid that answers for everything acknowledged before the question, wherever it was. */
export interface Confirm {
  readonly kind: "confirm";
  readonly epoch: Epoch;
  /** The learner's, ascending. */
  readonly number: number;
  readonly target: ConfirmTarget;
}

/**
 * "committed": what was committed when the question came (read-index). "proposed": all that was proposed by then, once
 * it has been committed (ZooKeeper's sync).
 */
export type ConfirmTarget = "committed" | "proposed";

/** A quorum has confirmed, after the question, that the sender leads. */
export interface Confirmed {
  readonly kind: "confirmed";
  readonly epoch: Epoch;
  readonly number: number;
  /** The learner answers once it has applied this. */
  readonly zxid: Zxid;
}

/** To the peer that is to lead next: everything proposed is synced there. */
export interface TakeOver {
  readonly kind: "take-over";
  readonly epoch: Epoch;
}
