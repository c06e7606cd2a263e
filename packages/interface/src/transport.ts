import type { CoterieError } from "./coterie-error.ts";

/**
 * Carries frames between two ends: between peers, and between ZooKeeper clients and a peer. A frame is opaque bytes.
 *
 * For correctness:
 * 1. The frames that arrive are a prefix of the frames that were sent: whole, in order, each at most once. What
 *    breaks that ends the connection; nothing is repaired behind the users' backs (TR-06).
 * 2. Of every connection the handler hears `opened` first, if at all, and `closed` last, once: also of a dial that
 *    failed and of a connection that was closed here. Nothing of a connection is heard after its `closed` (TR-05).
 * 3. Handlers never run inside a call of the transport, of a connection or of a listener, nor inside each other.
 *    Several may run in one turn of the event loop, and better do: users make one batch of a turn.
 * 4. Who is at the other end is settled before `opened`. What `identity` says was proven, nothing else (MB-02).
 * 5. A connection whose other end goes away without a word may stay open: users send heartbeats (TR-04). One that
 *    the transport knows to be lost is closed, silent message ports included (TR-08).
 * 6. Connections do not wait for each other: one slow end, dead name or full queue holds up nobody else.
 * 7. A transport is an object: two of them share nothing, so that two ensembles live in one process.
 *
 * Between connections there is no order, not even between two of the same ends. Users tell the frames of one
 * connection from those of the next by the connection that brings them.
 *
 * Handlers do not throw; a transport need not guard against it.
 */
export interface Transport {
  readonly supports: TransportSupports;

  /**
   * Waits for connections at `address`, text in the transport's own form; where the form has ports, port 0 takes
   * a free one. Resolves when connections are taken in. A lack of resources (file descriptors, say) delays
   * connections and does not end the listener (TR-15).
   *
   * Rejects with CoterieError `ADDRESS_IN_USE`, `ADDRESS_UNUSABLE`, or `BAD_ARGUMENTS` for an option that is none; the
   * message names it.
   */
  listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener>;

  /**
   * Begins to connect to `address` and returns at once. In bounded time either `opened` comes or `closed` with
   * `ADDRESS_UNUSABLE`, `UNREACHABLE` or `IDENTITY_REFUSED`; with `CONNECTION_CLOSED` if this end gives the dial up by
   * `close` or `abort`. What is wrong with `address`, whatever its type, `closed` tells, too. Names are resolved at
   * each dial. Nothing is tried twice: users dial again, with their own back-off.
   *
   * @throws CoterieError BAD_ARGUMENTS for an option that is none; the message names it.
   */
  dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection;
}

/** What a listener tells its user. */
export interface ListenHandler {
  /** A connection has come in and its handshake is done: gives its handler, which then hears `opened`. */
  accept(connection: Connection): ConnectionHandler;

  /**
   * A connection has come in that was given up before `accept`: `IDENTITY_REFUSED`, or `CONNECTION_CLOSED` for one
   * that broke, was too slow, or was one too many. For the log; what it costs is bounded by the transport.
   */
  refused(reason: CoterieError, remoteAddress: string): void;
}

/** What an implementation can do beyond the least. Compliance suites choose their cases by it, peers their rules. */
export interface TransportSupports {
  /** Whether `identity` may be other than "none". */
  readonly identity: boolean;
  /**
   * Whether frames stand on the wire as ZooKeeper's: a 4-byte length, big-endian, then that many bytes, and nothing
   * else. Then ZooKeeper clients may connect, and `fourLetterWords` works.
   */
  readonly zookeeperFraming: boolean;
}

export interface ConnectionOptions {
  /**
   * The longest frame to take in, its length prefix not counted; at least 1. A longer one, or a negative length,
   * closes the connection with `FRAME_TOO_LARGE` before memory for it is taken. It does not limit what is sent.
   */
  readonly frameSizeMaxBytes: number;
  /** Above this many bytes in `sendQueueBytes`, `send` returns false; at least 0. */
  readonly sendQueueTargetBytes: number;
}

export interface ListenOptions extends ConnectionOptions {
  /**
   * Words of four ASCII characters. A connection whose first four bytes are one of them carries text: it opens with
   * `ConnectionInfo.fourLetterWord`, `send` writes bytes without a length, and nothing is received. Default: none.
   */
  readonly fourLetterWords?: readonly string[];
  /**
   * Connections at once through this listener, in all and from one address; 0 for no limit. One more is refused. They take the
   * place of the transport's own limits, where it has any: one without addresses, say, passes them over. Default: its own.
   */
  readonly connectionsMax?: number;
  readonly connectionsPerAddressMax?: number;
}

export interface Listener {
  /** Where it listens, in the form that `dial` takes; with the real port where 0 was asked for. */
  readonly address: string;

  /**
   * Takes in no more connections; those that are open stay. Resolves when the address is free again. A second call
   * resolves with the first. Never rejects.
   */
  close(): Promise<void>;
}

/** One end of a connection. */
export interface Connection {
  /**
   * Frames taken over by `send` and not yet handed to the operating system or the other end, in bytes. What a frame
   * takes beside its bytes counts, too, up to 64 bytes for each, so that empty frames fill a queue as well. The user
   * cuts a connection that reads too slowly with `abort` (TR-07, WA-10).
   */
  readonly sendQueueBytes: number;

  /**
   * Sends a frame of 0..2^31-1 bytes. It is taken whatever comes back; false asks the sender to stop until
   * `drained`. On a connection that is closing or closed the frame is dropped and false comes back: `closed` tells.
   *
   * From the call on nobody changes the frame's bytes, neither user nor transport, so one array may go to many
   * connections. A transport over a stream puts all frames of a turn into one write.
   *
   * @throws AssertionError before `opened`.
   */
  send(frame: Uint8Array): boolean;

  /**
   * Takes in no more until `resume`: `received` is not called meanwhile, what is under way waits in bounded memory,
   * and in the end the other end's `send` returns false. `closed` may still come. Then what waited is lost,
   * unless the other end has closed with `close`: what waited may then be received first, after `resume`.
   */
  pause(): void;

  resume(): void;

  /**
   * Sends what was taken over and then closes; the other end hears all of it and then `closed`. Nothing is received
   * here any more. If the other end does not read, the transport aborts after a bounded time. Before `opened` it gives
   * up the dial. Does nothing on a connection that is closing or closed.
   */
  close(): void;

  /** Closes now; what was not sent is lost. Works on a connection that is closing, too. */
  abort(): void;
}

/** What one connection tells its user. */
export interface ConnectionHandler {
  /** The connection is up. `send` works from here on. */
  opened(info: ConnectionInfo): void;

  /**
   * A frame, possibly empty. Its bytes may be kept and are never changed again, by the transport or by the user; they
   * may be a view, which keeps a larger buffer in memory.
   */
  received(frame: Uint8Array): void;

  /** After `send` has returned false: the queue is at half of `sendQueueTargetBytes`, or below. */
  drained(): void;

  /**
   * The connection has ended; frames that were sent may or may not have arrived. `reason.code` is
   * - `CONNECTION_CLOSED`: one of the ends closed it, or it broke (then `cause` says how);
   * - `FRAME_TOO_LARGE`: the other end sent a frame above the limit;
   * - in place of `opened`: what `dial` lists.
   */
  closed(reason: CoterieError): void;
}

/** What is known of a connection when it opens. */
export interface ConnectionInfo {
  /** For people. */
  readonly localAddress: string;
  /** For people. */
  readonly remoteAddress: string;
  /** The other end's IP address without port, zone or IPv4-in-IPv6 prefix; null where there is none. */
  readonly remoteIp: string | null;
  /** Whether the other end is certainly on this machine: loopback, a unix socket, another thread. */
  readonly isLocal: boolean;
  readonly identity: RemoteIdentity;
  /** The word that the connection began with, if it is one of `ListenOptions.fourLetterWords`; otherwise null. */
  readonly fourLetterWord: string | null;
}

/** What the other end has proven. Which peer it claims to be is for the peers' own handshake to say and to check. */
export type RemoteIdentity =
  | { readonly kind: "none" }
  /** That it knows the secret of the ensemble. All peers know it, so it does not prove which one this is. */
  | { readonly kind: "secret" }
  /** That it holds the key of a certificate that a trusted authority has signed. */
  | {
      readonly kind: "certificate";
      /** The subject's distinguished name (RFC 2253): the id in ZooKeeper's scheme x509. */
      readonly subject: string;
      /** The DNS names and IP addresses of the subject alternative name, as text. */
      readonly names: readonly string[];
    };
