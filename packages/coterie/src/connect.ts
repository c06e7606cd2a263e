import { connect as connectOver, type ConnectOptions as ConnectOverOptions } from "@coterie/client";
import { checkOptions, type OptionKinds } from "@coterie/interface";
import type { Session } from "@coterie/session";
import { createSocketTransport } from "@coterie/transport-ipc";
import { createTcpTransport, type TlsCredentials } from "@coterie/transport-tcp";

export interface ConnectOptions extends Omit<ConnectOverOptions, "transport" | "isKept"> {
  /** Shows a certificate, and believes servers whose certificate one of the authorities has signed. Default: no TLS. */
  readonly tls?: TlsCredentials;
}

/** "any" is looked at by the client, and credentials by the transport, which shows nothing of them. */
const CONNECT: OptionKinds<ConnectOptions> = {
  tls: "any",
  sessionTimeoutMs: "any",
  deadlineMs: "any",
  signal: "any",
  readOnly: "any",
  limits: "any",
  clock: "any",
  random: "any",
};
const SOCKET_PREFIX = "unix:";

/**
 * A session over the wire, with Coterie's peers or with Apache ZooKeeper: the same API as `Peer.openSession`. `target` is
 * ZooKeeper's connection string, `host1:2181,host2:2181/chroot`, or `unix:` and the path of a peer's socket.
 *
 * Rejects with CoterieError BAD_ARGUMENTS, UNREACHABLE, naming each server and what was last wrong with it, or ABORTED.
 */
export async function connect(target: string, options: ConnectOptions = {}): Promise<Session> {
  checkOptions("connect", options, CONNECT);
  const { tls, ...rest } = options;
  if (typeof target === "string" && target.startsWith(SOCKET_PREFIX)) {
    const addresses = [target.slice(SOCKET_PREFIX.length)];
    return connectOver({ addresses }, { ...rest, transport: createSocketTransport() });
  }
  const transport = createTcpTransport(
    tls === undefined ? {} : { security: { kind: "certificate", credentials: tls } },
  );
  return connectOver(target, { ...rest, transport });
}
