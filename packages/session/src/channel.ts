import type { CoterieError, ErrorCode, SessionId } from "@coterie/interface";
import type { AuthRequest, RequestBody, ResponseBody, WatcherEvent } from "@coterie/protocol";

/**
 * The way of one session to the ensemble: in the process, from a worker, or over the wire. Sessions know nothing else of
 * where they are. Everything comes in one stream, as on a connection to ZooKeeper: events and replies in zxid order, for
 * each txn its events first.
 *
 * For correctness:
 * 1. Requests take effect, and are answered, in the order of `submit`. Each is answered once, whatever happens, but for 5.
 * 2. Nothing of `ChannelHandler`, and no `settle`, runs inside a call of the channel.
 * 3. What is lost with a connection or a leader is answered with CONNECTION_LOSS (outcome unknown), in order, before the state
 *    changes. What is submitted while the channel is not connected waits, within `queuedMax`, and is answered with
 *    CONNECTION_LOSS if the wait ends with "lost" or "closed", or with THROTTLED_OP at once if too much waits.
 * 4. A write is never sent twice, unless the server that it was sent to has said that it has not taken it: then 3 does not apply,
 *    and the channel sends it to the next one, in order.
 * 5. A call that is not open any more when its turn to be sent comes is dropped: it is neither sent nor answered. Before a call is
 *    sent for the first time it is told so; nothing of a call that was not told can have taken effect.
 */
export interface SessionChannel {
  readonly supports: SessionSupports;
  /** SESSION_NONE before the first "connected". */
  readonly sessionId: SessionId;
  /** What was granted; 0 before the first "connected". */
  readonly timeoutMs: number;
  readonly state: ChannelState;

  /** Closes "lost" when it is over: call once, before anything else. */
  open(handler: ChannelHandler): void;

  submit(call: ChannelCall): void;

  /**
   * Answers a read at once, where this end knows the answer and nothing that was submitted stands before it; null where it has to be
   * submitted. Only for so long that the event loop still turns: who asks again and again is told null now and then. Default: never.
   */
  readNow?(body: RequestBody): ChannelReply | null;

  /** Adds an identity to every connection of this session, this one and later ones. Settles as an auth request does. */
  authenticate(request: AuthRequest, settle: (reply: ChannelReply) => void): void;

  /**
   * An upper bound, in milliseconds, of how far a local read is behind what was committed when it is asked; null if the
   * channel cannot say (over the wire).
   */
  staleMs(): number | null;

  /** Closes the session behind everything that was submitted, or as well as it can be done; then the state is "closed". */
  close(): void;

  /** Gives the connection up without closing the session, which lives on until it expires: then the state is "closed". */
  detach(): void;
}

export type ChannelState =
  /** No connection yet. */
  | "connecting"
  | "connected"
  /** The connection or the leader is gone; the session may live on. */
  | "suspended"
  /** The session has expired, or the peer has stopped. For ever. */
  | "lost"
  /** By this end. For ever. */
  | "closed";

export interface SessionSupports {
  /** The kind of way: tests choose their cases by it. */
  readonly kind: "in-process" | "worker" | "wire";
  /** Whether a quorum confirms linearizable reads; null while it is not known what server this is. */
  readonly linearizable: boolean | null;
  /** Whether `staleMs` can say something. */
  readonly bounded: boolean;
}

export interface ChannelCall {
  /** Owned by the channel from here on: buffers in it are not changed by anyone. */
  readonly body: RequestBody;
  /** False once nobody waits for the answer. Default: true. */
  readonly isOpen?: boolean;
  /** From here on it may take effect. Called inside a call of the channel, too; does not throw. */
  sent?(): void;
  settle(reply: ChannelReply): void;
}

/** An answer, or why there is none. */
export interface ChannelReply {
  /** The last zxid that its peer had applied, at least that of the write answered; 0 if there is no answer. */
  readonly zxid: number;
  /** Null for success. */
  readonly code: ErrorCode | null;
  /** Null if `code` is not, but for a multi: then it may hold the results of its operations. Buffers belong to the receiver. */
  readonly body: ResponseBody | null;
  /** What is behind `code`, for people, if more is known. */
  readonly reason?: CoterieError;
}

/** What a channel tells its session. */
export interface ChannelHandler {
  /** `reason` for "suspended" and "lost". */
  stateChanged(state: ChannelState, reason: CoterieError | null): void;

  /** `zxid` of the txn that caused it. */
  watchEvent(event: WatcherEvent, zxid: number): void;

  /** What the session watches: asked when watches have to be registered anew, before anything else is sent. */
  watches(): WatchedPaths;

  /** The watches were registered anew: changes since the last event or reply may have been missed. */
  watchesRenewed(): void;
}

export interface WatchedPaths {
  readonly persistent: readonly string[];
  readonly recursive: readonly string[];
}

/**
 * The path of a sync before a linearizable read: a quorum confirms that the peer is up to date. Coterie answers with
 * `LINEARIZABLE_CONFIRMED`; Apache ZooKeeper, whose sync is answered by a leader that may have been replaced, echoes the
 * path. So one exchange tells which it was (semantics 4.2, R7).
 */
export const LINEARIZABLE_ASKED = "/zookeeper/coterie/linearizable";
export const LINEARIZABLE_CONFIRMED = "/zookeeper/coterie/linearizable/confirmed";
