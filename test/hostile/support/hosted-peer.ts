import { createPeer, type Peer, type PeerOptions, type ZooKeeperPortOptions } from "@coterie/peer";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createTcpTransport } from "@coterie/transport-tcp";
import { RawClient } from "./raw-client.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly details: object;
  readonly message: string;
}

/** Keeps everything that is logged, at every level. */
export class Log {
  readonly lines: LogLine[] = [];
  readonly logger: PeerOptions["logger"] & object = {
    debug: (details, message) => void this.lines.push({ level: "debug", details, message }),
    info: (details, message) => void this.lines.push({ level: "info", details, message }),
    warn: (details, message) => void this.lines.push({ level: "warn", details, message }),
    error: (details, message) => void this.lines.push({ level: "error", details, message }),
  };

  get messages(): string[] {
    return this.lines.map(({ message }) => message);
  }

  /** Of the errors that were logged; undefined for other lines. */
  get codes(): (string | undefined)[] {
    return this.lines.map(({ details }) => (details as { readonly code?: string }).code);
  }
}

/** A peer that is alone, with a port for ZooKeeper clients over TCP, and everything that it has logged. */
export class HostedPeer {
  readonly peer: Peer;
  readonly log: Log;
  private readonly clients: RawClient[] = [];

  private constructor(peer: Peer, log: Log) {
    this.peer = peer;
    this.log = log;
  }

  static async start(
    options: Partial<PeerOptions> = {},
    port: Partial<ZooKeeperPortOptions> = {},
  ): Promise<HostedPeer> {
    const log = new Log();
    const peer = createPeer({
      id: 1,
      ensemble: { 1: "a:1" },
      storage: createMemoryLevelStorage(),
      logger: log.logger,
      zookeeper: [{ transport: createTcpTransport(), address: "127.0.0.1:0", ...port }],
      ...options,
    });
    await peer.start();
    await peer.ready();
    return new HostedPeer(peer, log);
  }

  get port(): number {
    return Number(this.peer.status.ports[0]!.split(":").at(-1));
  }

  /** A socket, and nothing said yet. */
  async dial(): Promise<RawClient> {
    const client = await RawClient.dial(this.port);
    this.clients.push(client);
    return client;
  }

  /** With a session. */
  async connect(timeoutMs = 30_000): Promise<RawClient> {
    const client = await this.dial();
    await client.connect({ timeoutMs });
    return client;
  }

  /** What a four-letter word is answered. */
  async ask(word: string): Promise<string> {
    const client = await this.dial();
    client.write(Buffer.from(word, "latin1"));
    await client.untilClosed();
    return client.text;
  }

  /** A session that nobody disturbs can still be opened, and can write: what has become of the peer as a whole. */
  async isWell(): Promise<boolean> {
    const session = await this.peer.openSession();
    const { path } = await session.create("/well-", "", { mode: "ephemeral-sequential" });
    const isThere = (await session.exists(path)) !== null;
    await session.close();
    return isThere;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.destroy();
    await this.peer.stop();
  }
}

/** As long as nothing is wrong, a fraction of it is enough, on whatever machine. */
const UNTIL_MAX_MS = 60_000;

/** Until the peer says so, and not by time; throws an Error that names `what` where it never does. */
export async function until(what: string, isMet: () => boolean): Promise<void> {
  const endsMs = performance.now() + UNTIL_MAX_MS;
  while (!isMet()) {
    if (performance.now() > endsMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
