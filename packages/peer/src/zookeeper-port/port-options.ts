import type { Clock, SessionId } from "@coterie/interface";
import type { Logger, ZooKeeperPortOptions } from "../options.ts";
import type { ServerFacts } from "./words/server-facts.ts";

/** What a port needs beside what the application says about it. */
export interface PortOptions extends ZooKeeperPortOptions {
  readonly clock: Clock;
  /** What four-letter words tell that sessions do not know. */
  readonly facts: ServerFacts;
  /**
   * Bytes of replies and events that wait for one client for longer than a turn: its connection is cut (WA-10). At once if it is
   * four times as much.
   */
  readonly clientQueueMaxBytes: number;
  /** Of this peer's ensemble: how long a peer may be silent before it is taken to be gone, in milliseconds. */
  readonly silenceMaxMs: number;
  /** `Engine.touch`: for `keepsSessions`. */
  readonly touch: (id: SessionId, timeoutMs: number) => void;
  /** Default: silent. */
  readonly logger?: Logger;
}

export const FOUR_LETTER_WORDS_DEFAULT: readonly string[] = Object.freeze(["srvr", "ruok"]);
export const CONNECTIONS_PER_IP_MAX_DEFAULT = 60;
/** Of about 2 KiB each at the leader, and less at every other peer. */
export const SESSIONS_MAX_DEFAULT = 100_000;
/** How long a connection may be open without a session: ZooKeeper's nio.sessionlessCnxnTimeout. Then it is closed. */
export const SESSIONLESS_MAX_MS = 10_000;
/** How long a port that closes waits for answers to what was handed in, and for its connections to end: then it waits no more. */
export const PORT_DRAIN_MAX_MS = 2_000;
/** Touches of a session that its port keeps, in each session timeout: two may come to nothing. */
export const TOUCHES_PER_TIMEOUT = 3;
/** Bytes that may wait for a client before no more of its requests are taken in. */
export const SEND_QUEUE_TARGET_BYTES: number = 256 * 1024;
/** What may wait for all clients of a port together, in `clientQueueMaxBytes`: beyond it those are cut for whom the most waits. */
export const QUEUES_TOGETHER_MAX = 16;
/** Replies are written into shared chunks of about this size. */
export const CHUNK_SIZE_BYTES: number = 64 * 1024;
/** Between two probes of a client of Coterie's: this at least, and so much for each connection, so that a peer answers 400 a second at most. */
export const PROBE_INTERVAL_MIN_MS = 300;
export const PROBE_INTERVAL_PER_CONNECTION_MS = 2.5;
/** For the answer to a probe: as long as other peers would wait, and half as much again; and this at least. */
export const PROBE_ANSWER_MIN_MS = 450;
