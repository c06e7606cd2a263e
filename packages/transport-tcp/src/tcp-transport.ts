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
import { connect, type LookupFunction, type Server, type Socket } from "node:net";
import { createNameLookup, type ResolveName, resolveName } from "./name-lookup.ts";
import { dialOnStream } from "./stream/dial-on-stream.ts";
import { KEEP_ALIVE_DELAY_MS, listenOnStream } from "./stream/listen-on-stream.ts";
import { createPlatformClock } from "./stream/platform-clock.ts";
import { STREAM_LIMITS, type StreamContext, type StreamLimits } from "./stream/stream-context.ts";
import type { StreamEnds } from "./stream/stream-ends.ts";
import { NO_SECURITY } from "./stream/stream-security.ts";
import { formatTcpAddress, isLoopback, parseTcpAddress, plainIp } from "./tcp-address.ts";

export interface TcpTransportOptions {
  /** Default: `STREAM_LIMITS`. */
  readonly limits?: Partial<StreamLimits>;
  /** How names become addresses. Default: as the operating system does it. */
  readonly resolveName?: ResolveName;
  /** Default: Node.js's own time. */
  readonly clock?: Clock;
}

/** How long one address of a name with several may keep the next one waiting. */
const ATTEMPT_TIMEOUT_MS = 1000;

/**
 * A Transport over TCP. Addresses are `host:port` or `[IPv6]:port`; what listens at a name listens at its first address.
 */
export function createTcpTransport(options: TcpTransportOptions = {}): Transport {
  return new TcpTransport(options);
}

class TcpTransport implements Transport {
  readonly supports: TransportSupports;
  private readonly context: StreamContext;
  private readonly lookup: LookupFunction;

  constructor(options: TcpTransportOptions) {
    const clock = options.clock ?? createPlatformClock();
    this.context = { clock, limits: { ...STREAM_LIMITS, ...options.limits }, security: NO_SECURITY };
    this.supports = { identity: this.context.security.isProving, zookeeperFraming: true };
    this.lookup = createNameLookup(options.resolveName ?? resolveName, () => clock.nowMs());
  }

  async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    const place = parseTcpAddress(address);
    await this.context.security.ready();
    const addressOf = (server: Server): string => formatTcpAddress(place.host, portOf(server));
    return listenOnStream({ context: this.context, address, place, handler, listening: options, endsOf, addressOf });
  }

  dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    const { context, lookup } = this;
    const open = (): Socket =>
      connect({
        ...parseTcpAddress(address, 1),
        lookup,
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
      });
    const hostOf = (): string => parseTcpAddress(address).host;
    return dialOnStream({ context, address, handler, connecting: options, connect: open, hostOf, endsOf });
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

function endsOf(socket: Socket): StreamEnds | null {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  const remoteIp = plainIp(remoteAddress);
  return {
    localAddress: formatTcpAddress(plainIp(localAddress ?? ""), localPort ?? 0),
    remoteAddress: formatTcpAddress(remoteIp, remotePort),
    remoteIp,
    isLocal: isLoopback(remoteIp),
  };
}
