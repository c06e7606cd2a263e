import type { AuthId } from "@coterie/core";
import type { CoterieError, ErrorCode, SessionId, Zxid } from "@coterie/interface";
import type { RequestBody, ResponseBody, WatcherEvent } from "@coterie/protocol";

/**
 * The sessions that this peer serves, whatever way their clients come: ZooKeeper's connections, and sessions in this process.
 * One connection is one `Served`; the order of its requests, its watches and its replies is kept here and nowhere else.
 */
export interface Serving {
  /** Null if the peer does not serve now: the connection is closed without a word, or waits. */
  connect(request: ConnectionRequest, sink: ServedSink): Served | null;
}

export interface ConnectionRequest {
  /** Null for a new session. */
  readonly session: { readonly id: SessionId; readonly password: Uint8Array } | null;
  /** Asked for; it is negotiated. */
  readonly timeoutMs: number;
  /** Above what this peer has applied: the client is not taken back in time, `ServedSink.closed` says "behind". */
  readonly lastZxidSeen: number;
  /** What the connection has proved to be so far. */
  readonly identities: readonly AuthId[];
}

/** One connection, as its client's side hands in what has come. To be called within `EngineHandler.turnEnding` only. */
export interface Served {
  readonly sessionId: SessionId;
  readonly timeoutMs: number;
  readonly identities: readonly AuthId[];

  /**
   * The next request; before `connected` it waits. `tag` is given back with its reply. False: too much waits, in number or in bytes,
   * stop reading until `ServedSink.drained`. It is taken all the same. Whatever comes touches the session. A ping behind `connected` is
   * answered in an order of its own, whatever else waits: as soon as the leader has heard of the session, and a quorum of the leader;
   * or with `ZXID_UNPROVEN` if there is none.
   */
  submit(tag: number, body: RequestBody): boolean;

  /**
   * A request that could not be decoded, or that is answered without being carried out: the error takes its place in the order.
   * With `isLast` the connection ends behind it. `body` for a rejected multiRead, which has one. Default: null.
   */
  refuse(tag: number, code: ErrorCode, zxid: "last" | 0 | -1, isLast: boolean, body?: ResponseBody | null): boolean;

  /** The connection has shown another identity, which counts for requests behind this one. */
  identify(identities: readonly AuthId[]): void;

  /** `ServedSink.isFull` is false again: answers that waited for that go on. */
  goOn(): void;

  /** The client is gone. The session lives on until it expires. Nothing is heard any more. */
  drop(): void;
}

/** What a connection's client is told. */
export interface ServedSink {
  /**
   * The client has enough to read: what can wait is not looked up for it until `Served.goOn`. Replies to writes and events come all
   * the same.
   */
  readonly isFull: boolean;

  /** The client hears nothing any more, whatever it is told: nothing else is looked up for it. */
  readonly isOver: boolean;

  /** The session is there, and this connection owns it. First, once. */
  connected(session: ServedSession): void;

  /**
   * Buffers in `body` are views of the tree, valid during the call only: encode or copy. `zxid` is what ZooKeeper's reply
   * header carries. `body` is null iff `code` is not, but for a rejected multiRead, and for a failed multi, whose body
   * holds the results and whose `code` is null, as on the wire (client-protocol 5).
   */
  replied(tag: number, zxid: number, code: ErrorCode | null, body: ResponseBody | null): void;

  /** `zxid` of the txn, -1 for what setWatches tells. */
  notified(event: WatcherEvent, zxid: number): void;

  /** `submit` may be called again. */
  submitAgain(): void;

  /** End of the turn in which something was told: write it out. */
  flush(): void;

  /**
   * The connection ends, behind what was told. Last, once, unless `drop` was called. Of txns behind `toldZxid` it was told nothing, though
   * the state may have them.
   */
  ended(cause: ServedEnd, reason: CoterieError | null, toldZxid: Zxid): void;
}

export interface ServedSession {
  readonly id: SessionId;
  readonly timeoutMs: number;
  /** `PASSWORD_SIZE_BYTES` long. */
  readonly password: Uint8Array;
}

export type ServedEnd =
  /** The client has asked for it: the session is closed, and that was answered. */
  | "closed"
  /** There is no such session, or the password is wrong, or it has expired. */
  | "expired"
  /** The client has seen more than this peer has. */
  | "behind"
  /** Another connection has taken the session. */
  | "moved"
  /** The leader is lost, or a request was refused: what was not answered has an unknown outcome. */
  | "abandoned"
  /** An error that ends the connection was answered. */
  | "refused"
  /** The peer has stopped. */
  | "stopped";
