import { checkOptions, CoterieError, type OptionKinds, shownOf } from "@coterie/interface";
import { createPeer as createBarePeer, type Peer, type PeerOptions, type ZooKeeperPortOptions } from "@coterie/peer";
import { createSocketTransport } from "@coterie/transport-ipc";
import { isTcpTransport, type TcpTransport, type TlsCredentials } from "@coterie/transport-tcp";
import { checkTcpAddresses } from "./check-tcp-addresses.ts";
import { tcp } from "./parts.ts";
import { refusePlainLinks } from "./refuse-plain-links.ts";

/** `PeerOptions`, but for ZooKeeper's port, which is over TCP, TLS or a unix socket here. */
export interface CoteriePeerOptions extends Omit<PeerOptions, "zookeeper"> {
  readonly zookeeper?: ZooKeeperPort | readonly ZooKeeperPort[];
}

/** Where ZooKeeper clients may connect. */
export type ZooKeeperPort = (TcpPort | SocketPort) & Omit<ZooKeeperPortOptions, "transport" | "address">;

interface TcpPort {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default: 127.0.0.1. Others may then connect, and the peer logs who. */
  readonly host?: string;
  /** Default: none. Clients have to show a certificate of one of the authorities, too. */
  readonly tls?: TlsCredentials;
  /** In place of `tls`: one of `tcp({ tls })`, whose `reload` takes renewed certificates, and drops no connection. */
  readonly transport?: TcpTransport;
}

interface SocketPort {
  /** The absolute path of a unix socket, or the name of a pipe on Windows. */
  readonly path: string;
}

/** "any" is looked at below, by the peer or by the transport. */
const PORT: OptionKinds<TcpPort & SocketPort & ZooKeeperPort> = {
  port: "any",
  host: "string",
  tls: "any",
  transport: "any",
  path: "string",
  fourLetterWords: "any",
  connectionsPerIpMax: "any",
  connectionsMax: "any",
  sessionsMax: "any",
  requestsPerSecondMax: "any",
  keepsSessions: "any",
  frameSizeMaxBytes: "any",
};

/**
 * A peer of an ensemble: checks the options and starts nothing.
 *
 * Addresses are those of `transport`. Over TCP beyond this machine the peers have to prove that they belong together:
 * `tcp({ secret })`, or certificates.
 *
 * @throws CoterieError BAD_ARGUMENTS, saying what to do.
 */
export function createPeer(options: CoteriePeerOptions): Peer {
  // Which says what it has to be.
  if (typeof options !== "object" || options === null) return createBarePeer(options);
  const { zookeeper, ...rest } = options;
  const given = zookeeper === undefined ? [] : Array.isArray(zookeeper) ? zookeeper : [zookeeper];
  const peer = createBarePeer({ ...rest, zookeeper: (given as readonly ZooKeeperPort[]).map(portOf) });
  // The rest has been checked by now.
  checkTcpAddresses(rest);
  refusePlainLinks(rest);
  return peer;
}

function portOf(port: ZooKeeperPort): ZooKeeperPortOptions {
  checkOptions("zookeeper", port, PORT);
  if ("path" in port) {
    const { path, ...limits } = port;
    return { ...limits, transport: createSocketTransport(), address: path };
  }
  const { port: number, host = "127.0.0.1", tls, transport: given, ...limits } = port;
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    const rule = "an integer in 0..65535, or give zookeeper.path";
    throw new CoterieError("BAD_ARGUMENTS", `zookeeper.port is ${shownOf(number)}, and has to be ${rule}`);
  }
  if (given !== undefined && (tls !== undefined || !isTcpTransport(given))) {
    throw new CoterieError(
      "BAD_ARGUMENTS",
      "zookeeper.transport has to be one of tcp(), and stands in place of zookeeper.tls",
    );
  }
  const transport = given ?? tcp(tls === undefined ? {} : { tls });
  return { ...limits, transport, address: host.includes(":") ? `[${host}]:${number}` : `${host}:${number}` };
}
