import type { Transport } from "@coterie/interface";
import { createPeer, type Peer } from "@coterie/peer";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createMemoryNetwork } from "@coterie/transport-memory";
import { createTcpTransport } from "@coterie/transport-tcp";

const HOSTS = ["a", "b", "c"];

export interface CoterieEnsemble {
  readonly peers: readonly Peer[];
  /** `host:port` of each peer's port for ZooKeeper clients; none without `clients`. */
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

export interface CoterieEnsembleOptions {
  /** Default: "embedded", so that a machine which has other things to do changes no leader under a scenario. */
  readonly timing?: "embedded" | "dedicated";
  readonly enforceQuota?: boolean;
  /** What brings ZooKeeper clients; null for no ports. Default: TCP. */
  readonly clients?: Transport | null;
}

/** Three peers that speak over a network in memory, each with a port for ZooKeeper clients on loopback. All of them serve. */
export async function startCoterieEnsemble(options: CoterieEnsembleOptions = {}): Promise<CoterieEnsemble> {
  const { timing = "embedded", enforceQuota = false, clients = createTcpTransport() } = options;
  const network = createMemoryNetwork();
  const ensemble = Object.fromEntries(HOSTS.map((host, index) => [index + 1, `${host}:2888`]));
  const peers = HOSTS.map((host, index) =>
    createPeer({
      id: index + 1,
      ensemble,
      storage: createMemoryLevelStorage(),
      transport: network.transport(host),
      timing,
      enforceQuota,
    }),
  );
  const stop = async (): Promise<void> => void (await Promise.all(peers.map((peer) => peer.stop())));
  try {
    await Promise.all(peers.map((peer) => peer.start()));
    await Promise.all(peers.map((peer) => peer.ready()));
    if (clients === null) return { peers, addresses: [], stop };
    const port = { transport: clients, address: "127.0.0.1:0", connectionsPerIpMax: 0 };
    const ports = await Promise.all(peers.map((peer) => peer.listen(port)));
    return { peers, addresses: ports.map(({ address }) => address), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
