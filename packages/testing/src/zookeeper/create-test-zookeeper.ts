import { CoterieError, formatSessionId, type LogStorage, type SessionId, shownOf } from "@coterie/interface";
import { createPeer, type Peer, type PeerOptions } from "@coterie/peer";
import { hooksOf, type PeerHooks } from "@coterie/peer/hooks";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import { createTcpTransport } from "@coterie/transport-tcp";
import { type SessionOrId, sessionIdOf } from "../session-id.ts";
import { type CheckedZooKeeperOptions, checkZooKeeperOptions, type TestZooKeeperOptions } from "./options.ts";

/** A server for ZooKeeper clients of any language, in this process and in memory. It lives in real time. */
export interface TestZooKeeper extends AsyncDisposable {
  /** What clients connect to: `127.0.0.1:2181`, with the others behind commas. */
  readonly connectString: string;
  /** Of the first peer. */
  readonly port: number;

  /**
   * Ends a session as its expiry does: its ephemeral znodes go, its connection closes, and when its client comes again it hears that
   * it has expired. Takes a session of ours or the id that the client has, `0x…` or decimal.
   *
   * Rejects with BAD_ARGUMENTS if there is no such session, NO_QUORUM if it did not come about in ten seconds.
   */
  expire(session: SessionOrId): Promise<void>;

  /**
   * Closes all connections, stops the peers and starts them again, on their stores and ports. Sessions live on if clients are back
   * in time. Rejects with PEER_STOPPED if it is stopped meanwhile; what rejects otherwise may be asked for again.
   */
  restart(): Promise<void>;

  /** A second call resolves with the first. */
  stop(): Promise<void>;
}

const PEER_PORT = 2888;
const EXPIRE_MAX_MS = 10_000;

/**
 * A server on a free port of loopback, that serves.
 *
 * Rejects with CoterieError BAD_ARGUMENTS, or ADDRESS_IN_USE for a port that is taken.
 */
export async function createTestZooKeeper(options: TestZooKeeperOptions = {}): Promise<TestZooKeeper> {
  const server = new Server(checkZooKeeperOptions(options));
  await server.start();
  return server;
}

interface Place {
  readonly id: number;
  readonly storage: LogStorage;
  /** 0 until it has listened for the first time. */
  port: number;
  peer: Peer | null;
}

class Server implements TestZooKeeper {
  private readonly options: CheckedZooKeeperOptions;
  private readonly clients = createTcpTransport();
  private readonly places: readonly Place[];
  private starting: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;

  constructor(options: CheckedZooKeeperOptions) {
    this.options = options;
    this.places = Array.from({ length: options.peerCount }, (_, index) => ({
      id: index + 1,
      storage: createMemoryLevelStorage(),
      port: index === 0 ? options.port : 0,
      peer: null,
    }));
  }

  get port(): number {
    return this.places[0]!.port;
  }

  get connectString(): string {
    return this.places.map(({ port }) => `127.0.0.1:${port}`).join(",");
  }

  async start(): Promise<void> {
    const network = createMemoryNetwork();
    try {
      await Promise.all(this.places.map((place) => this.startAt(place, network)));
      await Promise.all(this.peers.map((peer) => peer.ready()));
    } catch (error) {
      await this.stopPeers();
      throw error;
    }
  }

  async expire(session: SessionOrId): Promise<void> {
    this.checkRunning();
    const id = sessionIdOf(session);
    if (id === null) {
      const text = `expire takes a session or its id, 0x… or decimal, and was given ${shownOf(session)}`;
      throw new CoterieError("BAD_ARGUMENTS", text);
    }
    const all = this.hooks();
    if (!all.some((hooks) => hooks.hasSession(id))) {
      const text = `there is no session ${formatSessionId(id)}: it was closed, or has expired already`;
      throw new CoterieError("BAD_ARGUMENTS", text);
    }
    if (!all.some((hooks) => hooks.expire(id)) || !(await this.isGone(id))) {
      throw new CoterieError("NO_QUORUM", `session ${formatSessionId(id)} could not be ended: no peer leads`);
    }
  }

  async restart(): Promise<void> {
    this.checkRunning();
    const before = this.starting;
    const restarted = async (): Promise<void> => {
      // Whoever asked for it has heard that it failed.
      await before.catch(() => undefined);
      this.checkRunning();
      await this.stopPeers();
      this.checkRunning();
      await this.start();
    };
    this.starting = restarted();
    await this.starting;
  }

  async stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    await this.stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private get peers(): readonly Peer[] {
    return this.places.flatMap(({ peer }) => peer ?? []);
  }

  private async startAt(place: Place, network: MemoryNetwork): Promise<void> {
    const { id, storage, port } = place;
    const { sessions, logger } = this.options;
    const address = `127.0.0.1:${port}`;
    const options: PeerOptions = {
      id,
      ensemble: Object.fromEntries(this.places.map((other) => [other.id, `peer${other.id}:${PEER_PORT}`])),
      storage,
      transport: network.transport(`peer${id}`),
      zookeeper: [{ transport: this.clients, address, connectionsPerIpMax: 0, fourLetterWords: ["*"] }],
      ...(sessions === undefined ? {} : { sessions }),
      ...(logger === undefined ? {} : { logger }),
    };
    const peer = createPeer(options);
    place.peer = peer;
    await peer.start();
    place.port = Number(/\d+$/.exec(peer.status.ports[0]!)?.[0]);
  }

  /** Behind a restart that is under way: what that starts is stopped as well. */
  private async stopAll(): Promise<void> {
    await this.starting.catch(() => undefined);
    await this.stopPeers();
  }

  private async stopPeers(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.stop()));
  }

  private hooks(): PeerHooks[] {
    return this.peers.map(hooksOf);
  }

  /** Waits until no peer knows the session any more. */
  private async isGone(id: SessionId): Promise<boolean> {
    const endMs = performance.now() + EXPIRE_MAX_MS;
    while (this.hooks().some((hooks) => hooks.hasSession(id))) {
      if (performance.now() > endMs) return false;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    return true;
  }

  private checkRunning(): void {
    if (this.stopping !== null) throw new CoterieError("PEER_STOPPED", "the server was stopped: create another one");
  }
}
