import type { ZabTiming } from "@coterie/consensus";
import type { Clock, LogStorage, Random, Transport } from "@coterie/interface";

export interface PeerOptions {
  /** This peer's id, 1..254: the only thing in which the options of the peers of an ensemble differ, beside addresses. */
  readonly id: number;
  /**
   * The voters: the address of each, as `transport` dials it. The same at every peer. One voter alone needs no transport. It is
   * what a new cluster is founded with; of one that exists it may change addresses, and ENSEMBLE_MISMATCH refuses others.
   */
  readonly ensemble: Readonly<Record<number, string>>;
  /** Default: "voter". An observer is none of `ensemble`. */
  readonly role?: "voter" | "observer";
  /**
   * Where the peers of `transport` show certificates: DNS names or IP addresses, without ports, of which an observer's certificate has
   * to be for one. Whose is, is taken in as whatever peer he says, but for a voter. A name of its own in the certificates of all
   * observers will do. Give it to every voter. Default: none, and no observer with a certificate is taken in.
   */
  readonly observerHosts?: readonly string[];
  /** Where this peer listens for others. Default: its own entry in `ensemble`. Observers need none. */
  readonly listen?: string;
  readonly storage: LogStorage;
  /** Between peers. Beyond this machine one that proves identity (design, decision 10). */
  readonly transport?: Transport;
  /** Default: "embedded". */
  readonly timing?: "embedded" | "dedicated" | ZabTiming;
  /** Where ZooKeeper clients may connect. Default: nowhere. */
  readonly zookeeper?: readonly ZooKeeperPortOptions[];
  readonly sessions?: SessionLimits;
  /** Shape of pino's. Default: silent. */
  readonly logger?: Logger;
  readonly limits?: Partial<PeerLimits>;
  /** ZooKeeper's extendedTypesEnabled. Default: true. */
  readonly extendedTypesEnabled?: boolean;
  /** ZooKeeper's enforceQuota. Default: false. */
  readonly enforceQuota?: boolean;
  /** ZooKeeper's DigestAuthenticationProvider.superDigest, `user:base64(sha1)`: this identity may do everything. Default: none. */
  readonly superDigest?: string;
  /** Default: Node.js's own time and randomness. */
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface ZooKeeperPortOptions {
  readonly transport: Transport;
  /** In the transport's form. */
  readonly address: string;
  /** Four-letter words that are answered; "*" for all. Default: srvr, ruok. */
  readonly fourLetterWords?: readonly string[];
  /** Connections at once from one IP address; 0 for no limit. Default: 60. */
  readonly connectionsPerIpMax?: number;
  /** Connections at once; 0 for no limit. Default: the transport's, over TCP 10,000. */
  readonly connectionsMax?: number;
  /**
   * Sessions of the whole ensemble from which on this port lets nobody open another: the connection is closed without an answer, as
   * above `connectionsMax`. Those that exist can be taken up all the same, and sessions in the process are not refused. What is on its
   * way through other peers is not counted. 0 for no limit. Default: 100,000.
   */
  readonly sessionsMax?: number;
  /**
   * Requests that one connection may ask in a second, and as many at once after a pause: the others wait, and when enough do no more is
   * read. Heartbeats are answered meanwhile, and no session expires by it. 10 and more, or 0 for no limit. Default: 0.
   */
  readonly requestsPerSecondMax?: number;
  /**
   * Keeps a session alive for as long as its connection is open, whether its client pings or not. For transports that know when the
   * other end is gone, and clients whose event loop may stand still: other threads of this process. Default: false.
   */
  readonly keepsSessions?: boolean;
  /** ZooKeeper's jute.maxbuffer: bytes of a request frame. Default: 1,048,575. */
  readonly frameSizeMaxBytes?: number;
}

export interface SessionLimits {
  /** ZooKeeper's tickTime, for the bounds below: timeouts are between 2 and 20 of it. Default: 2,000. */
  readonly tickMs?: number;
  readonly timeoutMinMs?: number;
  readonly timeoutMaxMs?: number;
}

/** Every limit of the peer, by name; each has its outcome beside it (limits.ts). */
export interface PeerLimits {
  /** Bytes of the frames of one link that wait to be sent: the link is closed, and dialled again. */
  readonly linkQueueMaxBytes: number;
  /** Bytes of replies and events that wait for a slow client: its connection is cut (WA-10). */
  readonly clientQueueMaxBytes: number;
  /** Requests of one session that wait: its connection is not read meanwhile. */
  readonly sessionRequestsMax: number;
  /** Time that applying may take of one turn, in milliseconds: the rest is done in the next. */
  readonly applyTurnMaxMs: number;
  /** Bytes of the log since the last checkpoint after which another one is begun. */
  readonly checkpointIntervalBytes: number;
}

/** pino's shape: an object of details, then text for people. What it throws, or rejects with, is a warning of the process. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
