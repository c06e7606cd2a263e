import { checkOptions, CoterieError, type LogStorage, type OptionKinds } from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createTcpTransport, type TcpTransport, type TlsCredentials } from "@coterie/transport-tcp";

/** A store on disk, in a directory of its own. It needs the package classic-level, which is installed unless it was left out. */
export function classicLevel(location: string): LogStorage {
  return createClassicLevelStorage({ location });
}

/** A store in memory: gone with the process. For tests, and for peers that may forget. */
export function memory(): LogStorage {
  return createMemoryLevelStorage();
}

export interface TcpOptions {
  /** 16 to 1,024 bytes that all peers of the ensemble know: their links are encrypted with it. Take a long random one. */
  readonly secret?: string | Uint8Array | undefined;
  /** In place of a secret: each peer shows a certificate, and is shown one. */
  readonly tls?: TlsCredentials;
}

const TCP: OptionKinds<TcpOptions> = { secret: "any", tls: "any" };

/**
 * Links between peers over TCP. Without `secret` or `tls` for peers on one machine only. With `tls` its `reload` takes renewed certificates
 * for the handshakes from then on.
 */
export function tcp(options: TcpOptions = {}): TcpTransport {
  // It is not shown.
  if (typeof options === "string") throw new CoterieError("BAD_ARGUMENTS", "tcp takes a secret as tcp({ secret })");
  checkOptions("tcp", options, TCP);
  const { secret, tls } = options;
  if (tls !== undefined) return createTcpTransport({ security: { kind: "certificate", credentials: tls } });
  if (secret !== undefined) return createTcpTransport({ security: { kind: "secret", secret } });
  return createTcpTransport();
}
