import {
  chooseVersion,
  decodeHello,
  encodeHello,
  type Hello,
  type HelloFrame,
  PEER_PROTOCOL_VERSION_MAX,
  PEER_PROTOCOL_VERSION_MIN,
  type VersionRange,
} from "@coterie/consensus";
import {
  type Clock,
  type Connection,
  type ConnectionHandler,
  type ConnectionInfo,
  type ConnectionOptions,
  CoterieError,
  type PeerId,
  type Timer,
  type Transport,
} from "@coterie/interface";
import type { LiveLink, LiveLinks } from "./live-links.ts";
import { decodeVerdict, encodeVerdict, type Refusal } from "./verdict.ts";

/** What a link tells its user: `up` first, if at all, and `down` last, once. */
export interface LinkHandler {
  /** Both ends believe each other. From here on every frame is a message of the peer protocol's `version`. */
  up(link: PeerLink): void;
  /** @see ConnectionHandler.received */
  received(frame: Uint8Array): void;
  /** @see ConnectionHandler.drained */
  drained(): void;
  /**
   * The link is no more, or has never come about. `reason.code` is one of `Refusal`, whichever end has refused, or what
   * `ConnectionHandler.closed` lists.
   */
  down(reason: CoterieError): void;
}

export interface PeerLink {
  readonly connection: Connection;
  readonly hello: Hello;
  readonly version: number;
}

export interface LinkOptions {
  /** What this peer says of itself: `Zab.hello`, asked when the connection is up. */
  readonly hello: () => Hello;
  /** Who has to be at the other end; null for a connection that has come in, which may be any other peer. */
  readonly expected: PeerId | null;
  /**
   * Whether the other end has to have proven that it belongs to the ensemble. What is on this machine need not: a peer
   * that listens beyond it without a secret or certificates is not started (design, decision 10).
   */
  readonly mustProve: boolean;
  readonly live: LiveLinks;
  readonly clock: Clock;
  /** From `opened` to `up`: a connection that takes longer is given up, with CONNECTION_CLOSED. */
  readonly handshakeTimeoutMs: number;
  /** @default all that this build speaks */
  readonly versions?: VersionRange;
}

const VERSIONS: VersionRange = { versionMin: PEER_PROTOCOL_VERSION_MIN, versionMax: PEER_PROTOCOL_VERSION_MAX };

/** Dials another peer: `handler` hears what comes of it. See `acceptLink`. */
export function dialLink(
  transport: Transport,
  address: string,
  connecting: ConnectionOptions,
  handler: LinkHandler,
  options: LinkOptions,
): Connection {
  const handshake = new LinkHandshake(handler, options);
  // No handler runs inside a call, so it has its connection before it hears of it.
  handshake.connection = transport.dial(address, handshake, connecting);
  return handshake.connection;
}

/**
 * For a connection that has come in. Settles who is at its other end before a frame of it reaches consensus (MB-02, MB-03):
 * each end sends a hello and, when it has judged the other one's, a verdict; a link is up when both accept. Who refuses
 * says why, so that both ends know, and log, the same.
 */
export function acceptLink(connection: Connection, handler: LinkHandler, options: LinkOptions): ConnectionHandler {
  const handshake = new LinkHandshake(handler, options);
  handshake.connection = connection;
  return handshake;
}

class LinkHandshake implements ConnectionHandler, LiveLink {
  /** Set before anything is heard of it. */
  connection!: Connection;
  private readonly handler: LinkHandler;
  private readonly options: LinkOptions;
  private phase: "hello" | "verdict" | "up" | "over" = "hello";
  private own: Hello | null = null;
  private theirs: Hello | null = null;
  private version = 0;
  private hasAccepted = false;
  private isAccepted = false;
  private isProven = false;
  private deadline: Timer | null = null;
  /** Why this end closes the connection; what the transport says then is only that it is closed. */
  private reason: CoterieError | null = null;

  constructor(handler: LinkHandler, options: LinkOptions) {
    this.handler = handler;
    this.options = options;
  }

  /** Of a link that is up. */
  get hello(): Hello {
    return this.theirs!;
  }

  opened({ identity, isLocal }: ConnectionInfo): void {
    const { hello, clock, handshakeTimeoutMs, mustProve, versions = VERSIONS } = this.options;
    this.isProven = !mustProve || isLocal || identity.kind !== "none";
    this.own = hello();
    this.deadline = clock.setTimer(handshakeTimeoutMs, () => {
      this.giveUp(
        new CoterieError("CONNECTION_CLOSED", `the peers' handshake took longer than ${handshakeTimeoutMs} ms`),
      );
    });
    this.connection.send(encodeHello(this.own, versions.versionMin, versions.versionMax));
  }

  received(frame: Uint8Array): void {
    if (this.phase === "up") {
      this.options.live.heard(this);
      this.handler.received(frame);
      return;
    }
    try {
      if (this.phase === "hello") this.judge(frame);
      else if (this.phase === "verdict") this.hearVerdict(frame);
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      this.refuse("FRAME_CORRUPT", error.message);
    }
  }

  drained(): void {
    if (this.phase === "up") this.handler.drained();
  }

  closed(reason: CoterieError): void {
    const wasUp = this.phase === "up";
    this.phase = "over";
    this.deadline?.cancel();
    if (wasUp) this.options.live.closed(this);
    this.handler.down(this.reason ?? reason);
  }

  replace(): void {
    this.reason = new CoterieError("CONNECTION_CLOSED", `peer ${this.hello.peer} has come over another connection`);
    this.connection.abort();
  }

  private judge(frame: Uint8Array): void {
    const told = decodeHello(frame);
    const objection = this.objectionTo(told);
    if (objection !== null) {
      this.refuse(...objection);
      return;
    }
    this.theirs = told.hello;
    this.phase = "verdict";
    this.options.live.admit(told.hello, (isAdmitted) => {
      if (this.phase !== "verdict") return;
      if (isAdmitted) this.accept();
      else
        this.refuse("PEER_ID_DUPLICATE", `another peer ${told.hello.peer} is alive: give each peer an id of its own`);
    });
  }

  private objectionTo({ hello, ...theirs }: HelloFrame): [Refusal, string] | null {
    const { expected, versions = VERSIONS } = this.options;
    const own = this.own!;
    if (!this.isProven)
      return ["IDENTITY_REFUSED", "it has proven nothing: give all peers the ensemble's secret, or certificates"];
    const version = chooseVersion(versions, theirs);
    if (version === null) {
      const ours = `${versions.versionMin} to ${versions.versionMax}`;
      return [
        "PEER_VERSION_UNSUPPORTED",
        `it speaks versions ${theirs.versionMin} to ${theirs.versionMax}, this peer ${ours}`,
      ];
    }
    this.version = version;
    if (own.clusterId !== null && hello.clusterId !== null && own.clusterId !== hello.clusterId) {
      return ["PEER_CLUSTER_MISMATCH", `it belongs to cluster ${hello.clusterId}, this peer to ${own.clusterId}`];
    }
    if (hello.peer === own.peer) return ["PEER_ID_DUPLICATE", `it calls itself peer ${own.peer}, which this peer is`];
    if (expected !== null && hello.peer !== expected) {
      return ["PEER_ID_MISMATCH", `it is peer ${hello.peer}, where peer ${expected} was looked for`];
    }
    return null;
  }

  private accept(): void {
    this.hasAccepted = true;
    this.connection.send(encodeVerdict(null));
    this.maybeUp();
  }

  private hearVerdict(frame: Uint8Array): void {
    const refusal = decodeVerdict(frame);
    if (refusal !== null) {
      this.giveUp(new CoterieError(refusal, `the other end refuses this peer: ${refusal}`));
      return;
    }
    this.isAccepted = true;
    this.maybeUp();
  }

  private maybeUp(): void {
    if (!this.hasAccepted || !this.isAccepted) return;
    this.phase = "up";
    this.deadline?.cancel();
    this.options.live.open(this);
    this.handler.up({ connection: this.connection, hello: this.hello, version: this.version });
  }

  /** Says so to the other end, which hears it before the end of the connection. */
  private refuse(refusal: Refusal, why: string): void {
    this.phase = "over";
    this.reason = new CoterieError(refusal, `this peer refuses the other end: ${why}`);
    this.connection.send(encodeVerdict(refusal));
    this.connection.close();
  }

  private giveUp(reason: CoterieError): void {
    this.phase = "over";
    this.reason = reason;
    this.connection.abort();
  }
}
