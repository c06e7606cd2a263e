import {
  type CloseReason,
  decodeMessage,
  encodeMessage,
  type Hello,
  type Message,
  TIMING_DEDICATED,
  type ZabTiming,
} from "@coterie/consensus";
import {
  assert,
  type Clock,
  type Connection,
  type ConnectionHandler,
  type ConnectionOptions,
  CoterieError,
  type ErrorCode,
  type Listener,
  type PeerId,
  type Random,
  type Transport,
} from "@coterie/interface";
import { LINK_FRAME_SIZE_MAX_BYTES } from "../limits.ts";
import type { Logger } from "../options.ts";
import { hostOf } from "./hosts.ts";
import { acceptLink, dialLink, type LinkHandler, type LinkOptions, type PeerLink } from "./link-handshake.ts";
import { LiveLinks } from "./live-links.ts";
import { RemotePeer } from "./remote-peer.ts";

export interface PeerLinksOptions {
  readonly self: PeerId;
  /** The voters' addresses, this peer's own among them if it is one. */
  readonly addresses: ReadonlyMap<PeerId, string>;
  /** For which an observer's certificate may be. */
  readonly observerHosts: readonly string[];
  /** Where this peer listens; null if nobody dials it. */
  readonly listen: string | null;
  readonly transport: Transport;
  readonly timing: ZabTiming;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Bytes that wait on one link: it is closed. */
  readonly queueMaxBytes: number;
  /** `Zab.hello`. */
  readonly hello: () => Hello;
}

/** What comes over the links, by their numbers, which ascend: no two links of a peer's life have the same. */
export interface PeerLinksUser {
  opened(link: number, hello: Hello): void;
  received(link: number, message: Message): void;
  /** Once for each that was opened, and last. */
  closed(link: number): void;
  /** A rule of our own was broken while a frame was read: a transport's handlers do not throw. */
  failed(error: unknown): void;
}

/** What is known of another voter. */
export interface PeerRecord {
  readonly id: PeerId;
  readonly address: string;
  readonly isLinked: boolean;
  readonly lastError: string | null;
}

/** How many times longer than a heartbeat's interval a link may be silent before a newcomer takes its place. */
const ALIVE_HEARTBEATS = 2;
const HANDSHAKE_EXTRA_MS = 3_000;

/** A peer's links to all others: it listens, dials every voter, and makes frames of messages. */
export class PeerLinks {
  private readonly options: PeerLinksOptions;
  private readonly user: PeerLinksUser;
  private readonly live: LiveLinks;
  private readonly connecting: ConnectionOptions;
  private readonly remotes = new Map<PeerId, RemotePeer>();
  /** Those that are up. */
  private readonly links = new Map<number, OpenLink>();
  /** All of them, from the first call on. */
  private readonly connections = new Set<Connection>();
  private listener: Listener | null = null;
  private lastLink = 0;
  private isOver = false;

  constructor(options: PeerLinksOptions, user: PeerLinksUser) {
    const { timing, clock, queueMaxBytes, addresses, self, random } = options;
    this.options = options;
    this.user = user;
    this.live = new LiveLinks({ clock, aliveWithinMs: aliveWithinMsOf(timing) });
    this.connecting = { frameSizeMaxBytes: LINK_FRAME_SIZE_MAX_BYTES, sendQueueTargetBytes: queueMaxBytes };
    const redialsAtOnce = timing.tickMs <= TIMING_DEDICATED.tickMs;
    for (const [id, address] of addresses) {
      if (id === self) continue;
      const dial = (remote: RemotePeer): void => this.dialRemote(remote);
      this.remotes.set(id, new RemotePeer({ id, address, clock, random, redialsAtOnce, dial }));
    }
  }

  /** Each other voter. */
  get records(): readonly PeerRecord[] {
    return [...this.remotes.values()].map(({ id, address, isLinked, lastError }) => {
      return { id, address, isLinked, lastError };
    });
  }

  /** Rejects as `Transport.listen` does. */
  async listen(): Promise<void> {
    const { listen, transport, logger } = this.options;
    if (listen === null) return;
    const accept = (connection: Connection): ConnectionHandler => this.accept(connection);
    const refused = (reason: CoterieError, address: string): void => {
      logger.warn({ code: reason.code, address }, `a connection was refused: ${reason.message}`);
    };
    const listener = await transport.listen(listen, { accept, refused }, this.connecting);
    if (this.isOver) await listener.close();
    else this.listener = listener;
  }

  /** From here on every voter is dialled until it is there. */
  dial(): void {
    for (const remote of this.remotes.values()) remote.dial();
  }

  /** One encoding serves all of them. */
  send(links: readonly number[], message: Message): void {
    let frame: Uint8Array | null = null;
    for (const number of links) {
      const link = this.links.get(number);
      if (link === undefined) continue;
      frame ??= encodeMessage(message);
      link.send(frame);
    }
  }

  close(number: number, reason: CloseReason): void {
    this.links.get(number)?.giveUp(`this peer closes the link: ${reason}`);
  }

  /** All links end, behind what was sent; nothing is told any more. Never rejects. */
  async stop(): Promise<void> {
    const listener = this.finish();
    for (const connection of this.connections) connection.close();
    await listener?.close();
  }

  /** The same at once: what was not sent is lost. */
  async abort(): Promise<void> {
    const listener = this.finish();
    for (const connection of this.connections) connection.abort();
    await listener?.close();
  }

  private finish(): Listener | null {
    const { listener } = this;
    this.isOver = true;
    this.listener = null;
    for (const remote of this.remotes.values()) remote.stop();
    return listener;
  }

  private accept(connection: Connection): ConnectionHandler {
    this.connections.add(connection);
    if (this.isOver) connection.close();
    return acceptLink(
      connection,
      this.handlerOf(null, () => connection),
      this.linkOptions(null),
    );
  }

  private dialRemote(remote: RemotePeer): void {
    if (this.isOver) return;
    const { transport } = this.options;
    const handler = this.handlerOf(remote, () => connection);
    const connection: Connection = dialLink(
      transport,
      remote.address,
      this.connecting,
      handler,
      this.linkOptions(remote.id),
    );
    this.connections.add(connection);
  }

  private linkOptions(expected: PeerId | null): LinkOptions {
    const { hello, clock, timing, addresses, observerHosts } = this.options;
    const hostsOf = (peer: PeerId): readonly string[] => {
      const address = addresses.get(peer);
      if (address === undefined) return observerHosts;
      const host = hostOf(address);
      return host === null ? [] : [host];
    };
    const handshakeTimeoutMs = 2 * aliveWithinMsOf(timing) + HANDSHAKE_EXTRA_MS;
    return { hello, expected, mustProve: true, hostsOf, live: this.live, clock, handshakeTimeoutMs };
  }

  private handlerOf(dialled: RemotePeer | null, connection: () => Connection): LinkHandler {
    let open: OpenLink | null = null;
    return {
      up: (link) => {
        if (!this.isOver) open = this.up(link);
      },
      received: (frame) => {
        if (open !== null && !this.isOver) this.received(open, frame);
      },
      drained: () => undefined,
      down: (reason) => {
        this.connections.delete(connection());
        if (!this.isOver) this.down(dialled, open, reason);
      },
    };
  }

  private up({ connection, hello }: PeerLink): OpenLink {
    const { queueMaxBytes, logger } = this.options;
    this.lastLink += 1;
    const link = new OpenLink(this.lastLink, hello.peer, connection, queueMaxBytes);
    this.links.set(link.number, link);
    this.remotes.get(hello.peer)?.up(link.number);
    logger.debug({ peer: hello.peer }, "linked");
    this.user.opened(link.number, hello);
    return link;
  }

  private received(link: OpenLink, frame: Uint8Array): void {
    // What comes behind the reason to give it up is not heard.
    if (link.why !== null) return;
    let message: Message;
    try {
      message = decodeMessage(frame);
    } catch (error) {
      if (!(error instanceof CoterieError)) return this.user.failed(error);
      this.options.logger.warn({ peer: link.peer, code: error.code }, error.message);
      return link.giveUp(error.message);
    }
    this.user.received(link.number, message);
  }

  /** Of a dial each new reason is logged once, until there is a link: the others are as many as dials. */
  private failed(dialled: RemotePeer | null, { code, message }: CoterieError): void {
    const { logger } = this.options;
    const details = { peer: dialled?.id ?? null, code };
    const text = `no link came about: ${message}`;
    const isNews = dialled !== null && !dialled.isLinked && dialled.loggedError !== message;
    if (!isNews) logger.debug(details, text);
    else if (PASSING.has(code)) logger.info(details, text);
    else logger.warn(details, text);
    if (isNews) dialled.loggedError = message;
    dialled?.failed(message);
  }

  private down(dialled: RemotePeer | null, link: OpenLink | null, reason: CoterieError): void {
    const why = link?.why ?? reason.message;
    const { logger } = this.options;
    dialled?.dialEnded();
    if (link === null) {
      this.failed(dialled, reason);
      return;
    }
    assert(this.links.delete(link.number), "a link ends once");
    logger.info({ peer: link.peer, code: reason.code }, `a link has ended: ${why}`);
    this.remotes.get(link.peer)?.down(link.number, why);
    this.user.closed(link.number);
  }
}

/** They come and go by themselves: the other end is not up, or was up a moment ago. */
const PASSING: ReadonlySet<string> = new Set<ErrorCode>(["UNREACHABLE", "CONNECTION_CLOSED"]);

/** A link that is up, until its end is heard. */
class OpenLink {
  readonly number: number;
  readonly peer: PeerId;
  /** Why this end gives it up; null as long as it does not. */
  why: string | null = null;
  private readonly connection: Connection;
  private readonly queueMaxBytes: number;

  constructor(number: number, peer: PeerId, connection: Connection, queueMaxBytes: number) {
    this.number = number;
    this.peer = peer;
    this.connection = connection;
    this.queueMaxBytes = queueMaxBytes;
  }

  send(frame: Uint8Array): void {
    this.connection.send(frame);
    if (this.connection.sendQueueBytes > this.queueMaxBytes) {
      this.giveUp(`more than ${this.queueMaxBytes} bytes wait to be sent`);
    }
  }

  giveUp(why: string): void {
    this.why ??= why;
    this.connection.abort();
  }
}

/** Longer than the interval of heartbeats, within which a peer that is alive says something. */
function aliveWithinMsOf({ heartbeatTicks, tickMs }: ZabTiming): number {
  return (ALIVE_HEARTBEATS * heartbeatTicks + 1) * tickMs;
}
