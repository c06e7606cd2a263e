import type { RoleView } from "@coterie/consensus";
import type { CoterieError } from "@coterie/interface";
import type { Session } from "@coterie/session";
import type { TypedEmitter } from "tiny-typed-emitter";
import type { ZooKeeperPortOptions } from "./options.ts";

/**
 * A member of an ensemble, in this process. After `start` it takes part; it serves while it belongs to a quorum. A failure of
 * its store stops it as a unit (R5): `fatal` is emitted, everything rejects with PEER_STOPPED, and the process goes on; a new
 * peer on the same store goes on where it stopped.
 */
export interface Peer extends TypedEmitter<PeerEvents>, AsyncDisposable {
  readonly id: number;
  readonly status: PeerStatus;
  /** Counters and gauges by name. */
  metrics(): Readonly<Record<string, number>>;

  /**
   * Opens the store, recovers, listens. Resolves when that is done, whether or not a quorum is there. Rejects with what the
   * store or the transport says, with ENSEMBLE_MISMATCH, or with the signal's reason; then the peer has stopped.
   */
  start(options?: { readonly signal?: AbortSignal }): Promise<void>;

  /** Resolves as soon as the peer serves. Rejects with NO_QUORUM at the deadline, PEER_STOPPED, or the signal's reason. */
  ready(options?: { readonly signal?: AbortSignal; readonly deadlineMs?: number }): Promise<void>;

  /**
   * A session in this process. Waits for a quorum up to `deadlineMs` (default: the session's timeout), then rejects with
   * NO_QUORUM, naming each peer and what was last wrong with it. BAD_ARGUMENTS for options that are none.
   */
  openSession(options?: OpenSessionOptions): Promise<Session>;

  /**
   * Opens one more port for ZooKeeper clients, beside those of the options, until it is closed or the peer stops. Rejects with
   * what the transport says.
   */
  listen(options: ZooKeeperPortOptions): Promise<ClientPort>;

  /**
   * The whole state at one zxid, as a stream of bytes for `restoreBackup`: what this peer has applied when the first bytes are asked for.
   * The peer goes on meanwhile. Nothing happens between two pulls; whoever pulls nothing for a minute, or leaves a loop over it, ends
   * it. Its bytes belong to the caller. Throws BAD_ARGUMENTS; the stream throws PEER_STOPPED, the signal's reason, NO_QUORUM if the peer
   * belongs to no cluster yet, THROTTLED_OP beside too many others, STORE_CORRUPT if what it needs is damaged here, ABORTED if it
   * was given up.
   */
  backup(options?: BackupOptions): AsyncGenerator<Uint8Array, void>;

  /**
   * Closes the sessions of this process, answers what clients have asked for and tells Coterie's that the rest goes to another peer,
   * hands leadership over, flushes, closes. All of that in bounded time. Never rejects; a second call resolves with the first.
   */
  stop(): Promise<void>;
}

export interface ClientPort extends AsyncDisposable {
  /** With the real port where 0 was asked for. */
  readonly address: string;
  /**
   * Takes in nobody and nothing any more, answers for up to two seconds what it has taken, and closes its connections; their sessions
   * live on. Coterie's clients ask another peer for what was not taken, and see no error.
   */
  close(): Promise<void>;
}

export interface BackupOptions {
  /** No more of it is given out than this, in the long run; an integer of at least 65,536. Default: as fast as it is taken. */
  readonly bytesPerSecond?: number;
  readonly signal?: AbortSignal;
}

export interface OpenSessionOptions {
  /** An integer in 1..2^31-1; negotiated between the peer's bounds. Default: 10,000. */
  readonly sessionTimeoutMs?: number;
  /** 0..2^31-1. Default: the session's timeout. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Paths of the session begin here. Default: none. */
  readonly chroot?: string;
}

export interface PeerEvents {
  /** The role, the epoch or the leader is another one, or the peer serves or serves no longer. */
  role: (role: RoleView) => void;
  /** A session was opened through this peer, or closed, or has expired. */
  session: (event: { readonly kind: "opened" | "closed" | "expired"; readonly id: string }) => void;
  /** The event loop stood still: nothing is blamed on others for it (R8). */
  stall: (durationMs: number) => void;
  /** The peer has stopped, and not because it was asked to. Once. */
  fatal: (error: CoterieError) => void;
}

export interface PeerStatus {
  readonly id: number;
  readonly state: "created" | "starting" | "running" | "stopping" | "stopped";
  readonly role: RoleView;
  readonly clusterId: string | null;
  /** This peer may have forgotten what it promised: it counts in no quorum until one without such peers has told it everything. */
  readonly isAmnesiac: boolean;
  readonly lastZxid: number;
  readonly committedZxid: number;
  readonly appliedZxid: number;
  readonly sessionCount: number;
  readonly znodeCount: number;
  readonly watcherCount: number;
  readonly connectionCount: number;
  /** Where ZooKeeper clients may connect, with real ports. */
  readonly ports: readonly string[];
  /** Each other peer of the ensemble. */
  readonly peers: readonly {
    readonly id: number;
    readonly address: string;
    readonly isLinked: boolean;
    /** What was last wrong; null if nothing, or nothing since. */
    readonly lastError: string | null;
  }[];
}
