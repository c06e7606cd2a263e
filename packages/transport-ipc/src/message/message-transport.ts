import {
  checkConnectionOptions,
  checkListenOptions,
  type Clock,
  type Connection,
  type ConnectionHandler,
  type ConnectionOptions,
  CoterieError,
  type Listener,
  type ListenHandler,
  type ListenOptions,
  shownOf,
  type Transport,
  type TransportSupports,
} from "@coterie/interface";
import {
  checkLimits,
  createPlatformClock,
  FlushTurn,
  reasonOf,
  RefusalReport,
  setDeadline,
  StreamConnection,
  type StreamEnds,
  type StreamLimits,
} from "@coterie/transport-tcp/stream";
import { randomInt } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import type { MessageCarrier } from "./channel.ts";
import { type DialAnswer, Link, type LinkOwner } from "./link.ts";
import { MessageDial } from "./message-dial.ts";

export interface MessageTransportOptions {
  /** Default: those of `transport-tcp`. `connectionsPerAddressMax` and `handshakeTimeoutMs` have no meaning here. */
  readonly limits?: Partial<StreamLimits>;
  /** Default: Node.js's own time. */
  readonly clock?: Clock;
}

/**
 * A Transport between threads and forked processes. Addresses are names of 1 to 200 letters, digits and `._:-`, which are
 * unique among all transports that are joined with one another.
 */
export interface MessageTransport extends Transport {
  /**
   * Joins this transport with the one at the other end of `carrier`, where `join` is called as well, sooner or later. Each
   * then reaches what listens at the other; nothing is passed on from one carrier to the next. The carrier's other users
   * are not disturbed. A `MessagePort` and `process` keep their thread alive until it is left.
   *
   * When the worker or process ends, or the port is closed, all connections through it are closed. What a worker throws,
   * and what goes wrong with a process, is the `cause` of that, and does not end this thread, which an `error` event that
   * nobody listens to would: from here on `join` listens to it, until the carrier is left. Who wants to know of it
   * listens, too.
   *
   * @throws CoterieError BAD_ARGUMENTS if `carrier` is none.
   */
  join(carrier: MessageCarrier): MessageMembership;
}

export interface MessageMembership {
  /** Closes all connections through the carrier and listens to it no more. The carrier itself stays open. */
  leave(): void;
}

const NAME = /^[\w.:-]{1,200}$/;
/** Numbers of connections begin anywhere, so that a transport that was joined anew does not take up old ones. */
const FIRST_ID_MAX = 2 ** 47;

/** @throws CoterieError BAD_ARGUMENTS if one of the limits cannot be used. */
export function createMessageTransport(options: MessageTransportOptions = {}): MessageTransport {
  return new Messages(options);
}

interface OpenListener {
  readonly handler: ListenHandler;
  readonly listening: ListenOptions;
  readonly report: RefusalReport;
  connections: number;
}

class Messages implements MessageTransport {
  readonly supports: TransportSupports = { identity: false, zookeeperFraming: false };
  private readonly clock: Clock;
  private readonly flushes: FlushTurn;
  private readonly limits: StreamLimits;
  private readonly links = new Set<Link>();
  private readonly listeners = new Map<string, OpenListener>();
  private readonly dials = new Set<MessageDial>();
  private readonly owner: LinkOwner;
  private lastId = randomInt(FIRST_ID_MAX);
  /** How this transport reaches what listens at itself. */
  private loop: Link | null = null;

  constructor(options: MessageTransportOptions) {
    this.clock = options.clock ?? createPlatformClock();
    this.flushes = new FlushTurn(this.clock);
    this.limits = checkLimits(options.limits);
    this.owner = {
      nextId: () => ++this.lastId,
      dialled: (name, answer) => this.accept(name, answer),
      changed: (link) => {
        if (link.lostHow !== null) this.links.delete(link);
        for (const dial of this.dials) dial.look();
      },
    };
  }

  join(carrier: MessageCarrier): MessageMembership {
    const link = new Link(carrier, this.owner, false);
    this.links.add(link);
    return { leave: () => link.leave() };
  }

  async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    checkListenOptions(options, this.supports);
    if (!isName(address)) throw notName(address);
    if (this.listeners.has(address)) throw new CoterieError("ADDRESS_IN_USE", `Somebody listens at ${address}.`);
    const report = new RefusalReport(this.clock, handler);
    const listener = { handler, listening: options, report, connections: 0 };
    this.listeners.set(address, listener);
    const close = async (): Promise<void> => {
      // The name may be somebody else's by now.
      if (this.listeners.get(address) === listener) this.listeners.delete(address);
    };
    return { address, close };
  }

  dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    checkConnectionOptions(options);
    const connection = this.createConnection(options);
    const { clock } = this;
    const unreachable = (how: string): void => {
      connection.fail(reasonOf("UNREACHABLE", `${address} cannot be reached: ${how}.`));
    };
    const deadline = setDeadline(clock, this.limits.dialTimeoutMs, () =>
      unreachable(`it took longer than ${this.limits.dialTimeoutMs} ms`),
    );
    const dial = new MessageDial(
      address,
      () => this.linksTo(address),
      (stream) => {
        if (stream === null) unreachable("nobody listens there");
        else connection.open(stream, { ...endsOf("", address), ...UNPROVEN }, null);
      },
    );
    connection.begin(handler, () => {
      deadline.cancel();
      this.dials.delete(dial);
      dial.giveUp();
    });
    if (isName(address)) {
      this.dials.add(dial);
      clock.nextTurn(() => dial.look());
    } else {
      connection.fail(notName(address));
    }
    return connection;
  }

  /** The links behind which `name` may be. */
  private linksTo(name: string): Iterable<Link> {
    if (!this.listeners.has(name)) return this.links;
    if (this.loop === null) {
      const { port1, port2 } = new MessageChannel();
      this.loop = new Link(port1, this.owner, true);
      // The other end of the loop only answers.
      void new Link(port2, this.owner, true);
    }
    return [this.loop];
  }

  private accept(name: string, answer: DialAnswer): void {
    const listener = this.listeners.get(name);
    if (listener === undefined) return answer.refuse();
    const { connectionsMax } = this.limits;
    if (listener.connections >= connectionsMax) {
      const message = `The connection was one too many: there are ${connectionsMax} already (connectionsMax).`;
      listener.report.add(reasonOf("CONNECTION_CLOSED", message), name);
      return answer.refuse();
    }
    const connection = this.createConnection(listener.listening);
    connection.begin(listener.handler.accept(connection), () => undefined);
    if (connection.isClosed) return answer.refuse();
    const stream = answer.open();
    listener.connections++;
    stream.once("close", () => listener.connections--);
    connection.open(stream, { ...endsOf(name, ""), ...UNPROVEN }, null);
  }

  private createConnection(options: ConnectionOptions): StreamConnection {
    return new StreamConnection({
      frameSizeMaxBytes: options.frameSizeMaxBytes,
      sendQueueTargetBytes: options.sendQueueTargetBytes,
      clock: this.clock,
      flushes: this.flushes,
      closeTimeoutMs: this.limits.closeTimeoutMs,
    });
  }
}

const UNPROVEN = { identity: { kind: "none" }, fourLetterWord: null } as const;

/** `name` is the listener's; who dials has none. */
function endsOf(localName: string, remoteName: string): StreamEnds {
  const nameless = `a client of ${localName}${remoteName}`;
  return {
    localAddress: localName === "" ? nameless : localName,
    remoteAddress: remoteName === "" ? nameless : remoteName,
    remoteIp: null,
    isLocal: true,
  };
}

function isName(address: string): boolean {
  // It may come from where types are not checked.
  return typeof address === "string" && NAME.test(address);
}

function notName(address: string): CoterieError {
  return new CoterieError("ADDRESS_UNUSABLE", `${shownOf(address)} is not a name of 1 to 200 letters, digits and ._:-`);
}
