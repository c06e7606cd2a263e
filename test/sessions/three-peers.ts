import { createPeer, type Peer } from "@coterie/peer";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createMemoryNetwork } from "@coterie/transport-memory";
import type { Transport } from "@coterie/interface";

const HOSTS = ["a", "b", "c"];

export interface ThreePeers {
  readonly peers: readonly Peer[];
  /** Of the ports for ZooKeeper clients, if a transport was given. */
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

/** An ensemble in memory that serves, with ports for clients over `clients` where one is given. */
export async function startThreePeers(clients?: Transport): Promise<ThreePeers> {
  const network = createMemoryNetwork();
  const ensemble = Object.fromEntries(HOSTS.map((host, index) => [index + 1, `${host}:2888`]));
  const peers = HOSTS.map((host, index) =>
    createPeer({
      id: index + 1,
      ensemble,
      storage: createMemoryLevelStorage(),
      transport: network.transport(host),
      timing: "dedicated",
    }),
  );
  await Promise.all(peers.map((peer) => peer.start()));
  await Promise.all(peers.map((peer) => peer.ready()));
  const addresses: string[] = [];
  if (clients !== undefined) {
    for (const peer of peers)
      addresses.push((await peer.listen({ transport: clients, address: "127.0.0.1:0" })).address);
  }
  return { peers, addresses, stop: async () => void (await Promise.all(peers.map((peer) => peer.stop()))) };
}
