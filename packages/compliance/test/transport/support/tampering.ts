import type {
  Connection,
  ConnectionHandler,
  ConnectionInfo,
  ConnectionOptions,
  CoterieError,
  Listener,
  ListenHandler,
  ListenOptions,
  Transport,
  TransportSupports,
} from "@coterie/interface";

/** What all transports of a site that a mutant has tampered with know of each other. */
export class Ring {
  /** Those of all sites, the newest last. */
  readonly sites: readonly Ring[];
  readonly ends: TamperedEnd[] = [];
  readonly transports: TamperedTransport[] = [];

  constructor(sites: Ring[]) {
    this.sites = sites;
    sites.push(this);
  }

  /** The other end of the same connection, once both have opened. */
  otherOf(end: TamperedEnd): TamperedEnd | undefined {
    return this.ends.find(
      ({ info }) =>
        info !== null && info.localAddress === end.info?.remoteAddress && info.remoteAddress === end.info.localAddress,
    );
  }
}

/** Stands between a connection and its user, and passes everything on. A mutant overrides what it breaks. */
export class TamperedEnd implements Connection, ConnectionHandler {
  readonly ring: Ring;
  readonly options: ConnectionOptions;
  inner!: Connection;
  user!: ConnectionHandler;
  info: ConnectionInfo | null = null;
  state: "opening" | "open" | "closing" | "closed" = "opening";

  constructor(ring: Ring, options: ConnectionOptions) {
    this.ring = ring;
    this.options = options;
    ring.ends.push(this);
  }

  get sendQueueBytes(): number {
    return this.inner.sendQueueBytes;
  }

  send(frame: Uint8Array): boolean {
    return this.inner.send(frame);
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }

  close(): void {
    if (this.state === "open") this.state = "closing";
    this.inner.close();
  }

  abort(): void {
    this.inner.abort();
  }

  opened(info: ConnectionInfo): void {
    this.info = info;
    if (this.state === "opening") this.state = "open";
    this.user.opened(info);
  }

  received(frame: Uint8Array): void {
    this.user.received(frame);
  }

  drained(): void {
    this.user.drained();
  }

  closed(reason: CoterieError): void {
    this.state = "closed";
    this.user.closed(reason);
  }
}

export type EndClass = new (ring: Ring, options: ConnectionOptions) => TamperedEnd;

/** Likewise for a transport and its listeners. */
export class TamperedTransport implements Transport {
  readonly ring: Ring;
  readonly inner: Transport;
  readonly listeners: Listener[] = [];
  private readonly End: EndClass;

  constructor(ring: Ring, inner: Transport, End: EndClass) {
    this.ring = ring;
    this.inner = inner;
    this.End = End;
    ring.transports.push(this);
  }

  get supports(): TransportSupports {
    return this.inner.supports;
  }

  async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    const accept = (connection: Connection): ConnectionHandler => this.accept(handler, connection, options);
    const refused: ListenHandler["refused"] = (reason, from) => handler.refused(reason, from);
    const listener = await this.inner.listen(address, { accept, refused }, options);
    this.listeners.push(listener);
    return listener;
  }

  dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    const end = new this.End(this.ring, options);
    end.user = handler;
    end.inner = this.inner.dial(address, end, options);
    return end;
  }

  protected accept(handler: ListenHandler, connection: Connection, options: ListenOptions): ConnectionHandler {
    const end = new this.End(this.ring, options);
    end.inner = connection;
    end.user = handler.accept(end);
    return end;
  }
}

export type TransportClass = new (ring: Ring, inner: Transport, End: EndClass) => TamperedTransport;

/** A user who does not care. */
export const SILENT: ConnectionHandler = {
  opened: () => undefined,
  received: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
};

/** Runs `task` when so many rounds of promises are over. A turn of the stepped clock has some five. */
export function afterRounds(rounds: number, task: () => void): void {
  let waiting = Promise.resolve();
  for (let round = 1; round < rounds; round++) waiting = waiting.then(() => undefined);
  void waiting.then(task);
}
