import {
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
import { connect, type LookupFunction, type Server, type Socket } from "node:net";
import { createNameLookup, type ResolveName, resolveName } from "./name-lookup.ts";
import { dialOnStream } from "./stream/dial-on-stream.ts";
import { KEEP_ALIVE_DELAY_MS, listenOnStream } from "./stream/listen-on-stream.ts";
import { checkLimits } from "./stream/check-limits.ts";
import { FlushTurn } from "./stream/flush-turn.ts";
import { createPlatformClock } from "./stream/platform-clock.ts";
import type { StreamContext, StreamLimits } from "./stream/stream-context.ts";
import type { StreamEnds } from "./stream/stream-ends.ts";
import { NO_SECURITY, type StreamSecurity } from "./stream/stream-security.ts";
import { formatTcpAddress, isLoopback, parseTcpAddress, plainIp } from "./tcp-address.ts";
import { type CertificateSecurity, createCertificateSecurity } from "./tls/certificate-security.ts";
import type { TlsCredentials } from "./tls/credentials.ts";
import { createSecretSecurity } from "./tls/secret-security.ts";

/** How the two ends prove who they are. */
export type TcpSecurity =
  /** Nothing is proven and nothing encrypted: for loopback, and for ZooKeeper clients in a network that is trusted. */
  | { readonly kind: "none" }
  /**
   * Both ends know one secret of 16 to 1,024 bytes, which all peers of the ensemble share: TLS 1.3 with a key made of it.
   * Take a long random one; who records a handshake may try secrets at leisure.
   */
  | { readonly kind: "secret"; readonly secret: string | Uint8Array }
  /**
   * Both ends show a certificate of one of the authorities; that of the end that was dialled has the dialled name or IP
   * address in its subject alternative name. TLS 1.2 or 1.3.
   */
  | { readonly kind: "certificate"; readonly credentials: TlsCredentials };

export interface TcpTransportOptions {
  /** Default: none. To leave it out is to choose that; null or undefined in its place is an error. */
  readonly security?: TcpSecurity;
  /** Default: `STREAM_LIMITS`. */
  readonly limits?: Partial<StreamLimits>;
  /** How names become addresses. Default: as the operating system does it. */
  readonly resolveName?: ResolveName;
  /** Default: Node.js's own time. */
  readonly clock?: Clock;
}

/** How long one address of a name with several may keep the next one waiting. */
const ATTEMPT_TIMEOUT_MS = 1000;
const NONE: TcpSecurity = { kind: "none" };

/** A Transport over TCP. Addresses are `host:port` or `[IPv6]:port`; what listens at a name listens at its first address. */
export interface TcpTransport extends Transport {
  /**
   * Makes handshakes with these credentials from here on; connections that are open stay. For who renews certificates.
   *
   * @throws CoterieError BAD_ARGUMENTS if they cannot be used, in which case those from before stay in use, or if this
   * transport has no certificates.
   */
  reload(credentials: TlsCredentials): void;
}

/** @throws CoterieError BAD_ARGUMENTS if the secret, the credentials or one of the limits cannot be used. */
export function createTcpTransport(options: TcpTransportOptions = {}): TcpTransport {
  return new Tcp(options);
}

/** Whether a transport is one of `createTcpTransport`, whose addresses are `host:port`. */
export function isTcpTransport(transport: Transport): transport is TcpTransport {
  return transport instanceof Tcp;
}

class Tcp implements TcpTransport {
  readonly supports: TransportSupports;
  private readonly context: StreamContext;
  private readonly certificates: CertificateSecurity | null;
  private readonly lookup: LookupFunction;

  constructor(options: TcpTransportOptions) {
    const clock = options.clock ?? createPlatformClock();
    const security = "security" in options ? options.security : NONE;
    if (typeof security !== "object" || security === null) throw noSecurity(security);
    this.certificates = security.kind === "certificate" ? createCertificateSecurity(security.credentials) : null;
    const used = this.certificates ?? createSecurity(security);
    this.context = {
      clock,
      flushes: new FlushTurn(clock),
      limits: checkLimits(options.limits),
      security: used,
    };
    this.supports = { identity: used.isProving, zookeeperFraming: true };
    this.lookup = createNameLookup(options.resolveName ?? resolveName, clock);
  }

  reload(credentials: TlsCredentials): void {
    if (this.certificates === null) throw new CoterieError("BAD_ARGUMENTS", "This transport has no certificates.");
    this.certificates.reload(credentials);
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

/** A kind that is mistyped must not come out as none. */
function createSecurity(security: TcpSecurity): StreamSecurity {
  if (security.kind === "secret") return createSecretSecurity(security.secret);
  if (security.kind === "none") return NO_SECURITY;
  throw new CoterieError("BAD_ARGUMENTS", `There is no security of kind ${shownOf((security as TcpSecurity).kind)}.`);
}

/** From a setting that is missing, say. Text is not shown: it may be the secret itself. */
function noSecurity(given: unknown): CoterieError {
  const shown = typeof given === "string" ? "text" : shownOf(given);
  const what = `The option security is ${shown}; a secret is given as { kind: "secret", secret }; for plain text it has to be left out, or { kind: "none" }`;
  return new CoterieError("BAD_ARGUMENTS", `${what}.`);
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
