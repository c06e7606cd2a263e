import type { Clock } from "@coterie/interface";
import type { OpenSessionOptions, Peer } from "@coterie/peer";
import type { Session } from "@coterie/session";
import type { MemoryNetwork } from "@coterie/transport-memory";
import type { FaultyStorage } from "../faults/faulty-storage.ts";
import type { SessionOrId } from "../session-id.ts";

/**
 * Real peers in this process, over a network and stores in memory, under one clock that goes on only when it is told to. What
 * needs no time, as a session's calls do, comes to its end by itself; a timeout only by `advance`.
 *
 * Every method rejects or throws with a CoterieError whose message has the seed: BAD_ARGUMENTS for what names no peer or makes no
 * sense now, PEER_STOPPED behind `stop`.
 */
export interface TestEnsemble extends AsyncDisposable {
  readonly seed: number;
  /** Of all peers and sessions. Hand it to code that takes its time from a clock. */
  readonly clock: Clock;
  /** For more than `partition` does: delays, one-way cuts, connections that are reset or fall silent. Hosts are peer1, peer2 …, client1, client2 … */
  readonly network: MemoryNetwork;
  /** Those that run, by their ids. A peer that is started again is another object. */
  readonly peers: readonly Peer[];
  peer(id: number): Peer;
  /** The store of a peer, to make its writes fail or wait. */
  storage(id: number): FaultyStorage;

  /**
   * A session in the process of the peer `at`. Default: of the next one that runs, in turn. Waits for a quorum, by this clock. It is
   * lost with its peer, as a process that dies takes its sessions along.
   */
  openSession(at?: number, options?: OpenSessionOptions): Promise<Session>;

  /**
   * A session of a client elsewhere, over the network: it goes to another peer when its own is gone. `partition` does not part it from
   * anybody. Options as those of `openSession`.
   */
  connect(options?: OpenSessionOptions): Promise<Session>;

  /** Lets time pass: timers in the order in which they are due, and between them whatever they lead to. */
  advance(ms: number): Promise<void>;

  /** Resolves when nothing moves any more unless time passes. */
  settle(): Promise<void>;

  /**
   * Cuts the network between peers of different groups, and mends it within each. One group alone is cut off from all others. What
   * is sent meanwhile arrives when the network is whole again, if the connection still is. Who leads is seen after `advance`.
   */
  partition(...groups: readonly (readonly number[])[]): void;

  /** Makes the network whole: cuts, delays and limits are gone. */
  heal(): void;

  /**
   * Ends a peer as `kill -9` would. Its store stays as it was; sessions in its process are lost with PEER_STOPPED, and to the others
   * they live on until they expire. Others elect a leader, if it led, when they have missed it: after `advance`.
   */
  crash(id: number): void;

  /** Starts a peer that has crashed or stopped, on its store. Resolves when it has started; it serves again when it has found its leader. */
  restart(id: number): Promise<void>;

  /**
   * Ends a session as its expiry does, without the wait: its ephemeral znodes go, everywhere, and it is lost with SESSION_EXPIRED.
   * Takes the session, or its id. A session whose peer is cut off hears of it when its own timeout has passed, or when the network
   * is whole.
   *
   * Rejects with NO_QUORUM if nobody can expire it now, BAD_ARGUMENTS if there is no such session.
   */
  expire(session: SessionOrId): Promise<void>;

  /** The id of the peer that leads and serves; null if none does. Of two, of whom one has not noticed yet, the later one. */
  leader(): number | null;

  /** Closes all sessions, stops all peers. A second call resolves with the first. */
  stop(): Promise<void>;
}
