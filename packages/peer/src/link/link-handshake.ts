import {
  decodeHello,
  encodeHello,
  type Hello,
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
  type RemoteIdentity,
  type Timer,
  type Transport,
} from "@coterie/interface";
import { checkHello } from "./hello-check.ts";
import type { LiveLink } from "./live-link.ts";
import type { LiveLinks } from "./live-links.ts";
import type { Objection } from "./seat.ts";
import { decodeVerdict, encodeVerdict, type Refusal } from "./verdict.ts";

const UNPROVEN =
  "the other end is on another machine, and nothing proves that it belongs to the ensemble: " +
  "give all peers the ensemble's secret, as tcp({ secret }), or certificates";

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
   * Whether the other end has to have proven that it belongs to the ensemble. What is on this machine need not (design,
   * decision 10). Who has to, and has not, is sent nothing: no frame goes to another machine in plain text.
   */
  readonly mustProve: boolean;
  /**
   * The hosts under which a peer is known, names or IP addresses without ports: where a certificate was shown, it has to be
   * for one of them, or any holder of a certificate could be any peer. Asked at both ends, in each handshake. None is
   * known of a peer by default, and then a certificate is refused.
   */
  readonly hostsOf?: (peer: PeerId) => readonly string[];
  readonly live: LiveLinks;
  readonly clock: Clock;
  /**
   * From `opened` to `up`: a connection that takes longer is given up, with CONNECTION_CLOSED. Longer than
   * `LiveLinkOptions.aliveWithinMs`.
   */
  readonly handshakeTimeoutMs: number;
  /** @default all that this build speaks */
  readonly versions?: VersionRange;
}

const VERSIONS: VersionRange = { versionMin: PEER_PROTOCOL_VERSION_MIN, versionMax: PEER_PROTOCOL_VERSION_MAX };

/**
 * Dials another peer: `handler` hears what comes of it. See `acceptLink`. An earlier dial to the same peer whose link is
 * not up yet is given up.
 */
export function dialLink(
  transport: Transport,
  address: string,
  connecting: ConnectionOptions,
  handler: LinkHandler,
  options: LinkOptions,
): Connection {
  const handshake = new LinkHandshake(handler, options, true);
  // No handler runs inside a call, so it has its connection before it hears of it.
  handshake.connection = transport.dial(address, handshake, connecting);
  if (options.expected !== null) options.live.dialled(options.expected, handshake);
  return handshake.connection;
}

/**
 * For a connection that has come in. Settles who is at its other end before a frame of it reaches consensus (MB-02, MB-03):
 * each end sends a hello and, when it has judged the other one's, a verdict; a link is up when both accept. Who refuses
 * says why, so that both ends know, and log, the same.
 */
export function acceptLink(connection: Connection, handler: LinkHandler, options: LinkOptions): ConnectionHandler {
  const handshake = new LinkHandshake(handler, options, false);
  handshake.connection = connection;
  return handshake;
}

class LinkHandshake implements ConnectionHandler, LiveLink {
  /** Set before anything is heard of it. */
  connection!: Connection;
  order = 0;
  private readonly isDialled: boolean;
  private readonly handler: LinkHandler;
  private readonly options: LinkOptions;
  private phase: "hello" | "verdict" | "up" | "over" = "hello";
  private own: Hello | null = null;
  private theirs: Hello | null = null;
  private version = 0;
  private hasAccepted = false;
  private isAccepted = false;
  private identity: RemoteIdentity = { kind: "none" };
  private deadline: Timer | null = null;
  /** Why this end closes the connection; what the transport says then is only that it is closed. */
  private reason: CoterieError | null = null;

  constructor(handler: LinkHandler, options: LinkOptions, isDialled: boolean) {
    this.handler = handler;
    this.options = options;
    this.isDialled = isDialled;
  }

  get peer(): PeerId | null {
    return this.options.expected ?? this.theirs?.peer ?? null;
  }

  /** Set before the link is admitted. */
  get hello(): Hello {
    return this.theirs!;
  }

  get dialler(): PeerId {
    return this.isDialled ? this.own!.peer : this.hello.peer;
  }

  opened({ identity, isLocal }: ConnectionInfo): void {
    const { hello, live, clock, handshakeTimeoutMs, mustProve, versions = VERSIONS } = this.options;
    this.order = live.nextOrder();
    this.identity = identity;
    if (mustProve && !isLocal && identity.kind === "none") {
      this.giveUp(new CoterieError("IDENTITY_REFUSED", UNPROVEN));
      return;
    }
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
    const wasMute = this.isDialled && this.phase === "hello" && this.own !== null && this.identity.kind === "none";
    this.phase = "over";
    this.deadline?.cancel();
    this.options.live.closed(this);
    this.handler.down(this.reason ?? (wasMute && reason.code === "CONNECTION_CLOSED" ? asMute(reason) : reason));
  }

  replace(why: string): void {
    // One that is ending may still have a refusal to tell.
    if (this.phase === "over") return;
    this.giveUp(new CoterieError("CONNECTION_CLOSED", `this peer gives the connection up: ${why}`));
  }

  private judge(frame: Uint8Array): void {
    const { options, identity } = this;
    const told = decodeHello(frame);
    const { expected, hostsOf, versions = VERSIONS } = options;
    const found = checkHello(told, { own: this.own!, expected, versions, identity, hostsOf });
    if ("refusal" in found) return this.refuse(found.refusal, found.why);
    this.version = found.version;
    this.theirs = told.hello;
    this.phase = "verdict";
    options.live.admit(this, (objection) => {
      if (this.phase !== "verdict") return;
      if (objection === null) this.accept();
      else this.object(objection);
    });
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
    const objection = this.options.live.open(this);
    if (objection !== null) return this.object(objection);
    this.phase = "up";
    this.deadline?.cancel();
    this.handler.up({ connection: this.connection, hello: this.hello, version: this.version });
  }

  private object({ code, why }: Objection): void {
    // What the other end has been told already cannot be taken back: it hears that the connection has ended.
    if (code === "CONNECTION_CLOSED" || this.hasAccepted) this.giveUp(new CoterieError(code, why));
    else this.refuse(code, why);
  }

  /** Says so to the other end, which hears it before the end of the connection. The transport bounds how long that takes. */
  private refuse(refusal: Refusal, why: string): void {
    this.finish(new CoterieError(refusal, `this peer refuses the other end: ${why}`));
    this.connection.send(encodeVerdict(refusal));
    this.connection.close();
  }

  private giveUp(reason: CoterieError): void {
    this.finish(reason);
    this.connection.abort();
  }

  /** The first reason stays: what comes later only follows from it. */
  private finish(reason: CoterieError): void {
    this.phase = "over";
    this.deadline?.cancel();
    this.reason ??= reason;
  }
}

/** Somebody who listens with a secret hangs up on who knows none. */
function asMute({ message, cause }: CoterieError): CoterieError {
  const hint = "nothing was said before; perhaps it has a secret or certificates, and this peer has not";
  return new CoterieError("CONNECTION_CLOSED", `${message} (${hint})`, { cause });
}
