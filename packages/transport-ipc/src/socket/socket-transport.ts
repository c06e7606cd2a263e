import type {
  Clock,
  Connection,
  ConnectionHandler,
  ConnectionOptions,
  Listener,
  ListenHandler,
  ListenOptions,
  Transport,
  TransportSupports,
} from "@coterie/interface";
import {
  checkLimits,
  createPlatformClock,
  FlushTurn,
  dialOnStream,
  listenOnStream,
  NO_SECURITY,
  type StreamContext,
  type StreamEnds,
  type StreamLimits,
} from "@coterie/transport-tcp/stream";
import { connect } from "node:net";
import { checkSocketAddress, isWindows } from "./socket-address.ts";
import { SocketClaim } from "./socket-claim.ts";

export interface SocketTransportOptions {
  /** Default: those of `transport-tcp`. `connectionsPerAddressMax` has no meaning here. */
  readonly limits?: Partial<StreamLimits>;
  /** Default: Node.js's own time. */
  readonly clock?: Clock;
}

/**
 * A Transport over unix sockets, or named pipes on Windows. Addresses are absolute paths of at most 107 bytes (103 on
 * other systems than Linux), on Windows names like `\\.\pipe\name`.
 *
 * A socket's file has mode 0600 from the first moment, so only processes of the same user connect. What a process that
 * died has left is replaced; a socket to which somebody listens is `ADDRESS_IN_USE`, any other file `ADDRESS_UNUSABLE`.
 *
 * @throws CoterieError BAD_ARGUMENTS if one of the limits cannot be used.
 */
export function createSocketTransport(options: SocketTransportOptions = {}): Transport {
  return new SocketTransport(options);
}

class SocketTransport implements Transport {
  readonly supports: TransportSupports = { identity: false, zookeeperFraming: true };
  private readonly context: StreamContext;

  constructor(options: SocketTransportOptions) {
    const clock = options.clock ?? createPlatformClock();
    this.context = {
      clock,
      flushes: new FlushTurn(clock),
      limits: checkLimits(options.limits),
      security: NO_SECURITY,
    };
  }

  async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    const path = checkSocketAddress(address);
    const listenAt = (place: string): Promise<Listener> =>
      listenOnStream({
        context: this.context,
        address,
        place: { path: place },
        handler,
        listening: options,
        endsOf: () => endsOf(path, `a client of ${path}`),
        addressOf: () => path,
      });
    if (isWindows) return listenAt(path);
    const claim = await SocketClaim.begin(path);
    let listener: Listener;
    try {
      listener = await listenAt(claim.mould);
    } catch (error) {
      await claim.abandon();
      throw error;
    }
    try {
      await claim.publish();
    } catch (error) {
      await listener.close();
      throw error;
    }
    return withdrawn(listener, claim);
  }

  dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    return dialOnStream({
      context: this.context,
      address,
      handler,
      connecting: options,
      connect: () => connect({ path: checkSocketAddress(address), allowHalfOpen: true }),
      hostOf: () => address,
      endsOf: () => endsOf(`a client of ${address}`, address),
    });
  }
}

function endsOf(localAddress: string, remoteAddress: string): StreamEnds {
  return { localAddress, remoteAddress, remoteIp: null, isLocal: true };
}

/** The listener, which takes its name away as it closes. */
function withdrawn(listener: Listener, claim: SocketClaim): Listener {
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    claim.withdraw();
    return listener.close();
  };
  return {
    address: listener.address,
    close: () => (closing ??= close()),
  };
}
