import type { Clock, CoterieError, Random } from "@coterie/interface";
import { createPeer, type Logger, type Peer, type PeerOptions, type ZooKeeperPortOptions } from "@coterie/peer";
import { hooksOf, type PeerHooks } from "@coterie/peer/hooks";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import type { MemoryNetwork } from "@coterie/transport-memory";
import { FailingStore } from "../faults/faulty-storage.ts";

const PEER_PORT = 2888;
const CLIENT_PORT = 2181;

/** Of the peer in the network. */
export function hostOf(id: number): string {
  return `peer${id}`;
}

export function addressOf(id: number): string {
  return `${hostOf(id)}:${PEER_PORT}`;
}

export function clientAddressOf(id: number): string {
  return `${hostOf(id)}:${CLIENT_PORT}`;
}

/** What all members of an ensemble have in common. */
export interface MemberWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: MemoryNetwork;
  readonly voters: Readonly<Record<number, string>>;
  readonly common: Pick<PeerOptions, "timing" | "sessions">;
  readonly logger: Logger | null;
}

/** One place in the ensemble: a store that stays, and the lives of the peer that come and go on it. */
export class Member {
  readonly id: number;
  readonly storage: FailingStore;
  /** Of this life, or of the last one. */
  peer: Peer;
  private readonly world: MemberWorld;
  private lives = 0;

  constructor(world: MemberWorld, id: number) {
    this.world = world;
    this.id = id;
    this.storage = new FailingStore(createMemoryLevelStorage({ clock: world.clock }));
    this.peer = this.createPeer();
  }

  get isDown(): boolean {
    return this.peer.status.state === "stopped";
  }

  get isServing(): boolean {
    const { state, role } = this.peer.status;
    return state === "running" && role.isServing;
  }

  get hooks(): PeerHooks {
    return hooksOf(this.peer);
  }

  /** A new life, on the store of the one before, which has ended. */
  async restart(): Promise<void> {
    const before = this.peer;
    this.peer = this.createPeer();
    // Until its store is closed.
    await before.stop();
    await this.peer.start();
  }

  crash(reason: CoterieError): void {
    this.world.network.crash(hostOf(this.id));
    this.hooks.crash(reason);
    this.storage.crash();
  }

  private createPeer(): Peer {
    this.lives += 1;
    const { id } = this;
    const { clock, random, network, voters, common, logger } = this.world;
    const transport = network.transport(hostOf(id));
    const port: ZooKeeperPortOptions = { transport, address: clientAddressOf(id), connectionsPerIpMax: 0 };
    return createPeer({
      ...common,
      id,
      ensemble: voters,
      role: id in voters ? "voter" : "observer",
      ...(id in voters ? { listen: addressOf(id) } : {}),
      storage: this.storage,
      transport,
      zookeeper: [port],
      ...(logger === null ? {} : { logger: loggerOf(logger, id) }),
      clock,
      random: random.fork(`peer ${id}, life ${this.lives}`),
    });
  }
}

function loggerOf(logger: Logger, id: number): Logger {
  return {
    debug: (details, message) => logger.debug(details, `peer ${id}: ${message}`),
    info: (details, message) => logger.info(details, `peer ${id}: ${message}`),
    warn: (details, message) => logger.warn(details, `peer ${id}: ${message}`),
    error: (details, message) => logger.error(details, `peer ${id}: ${message}`),
  };
}
