import { connect, type ConnectOptions } from "@coterie/client";
import { checkOptions, type OptionKinds } from "@coterie/interface";
import type { ClientPort, Peer } from "@coterie/peer";
import type { Session } from "@coterie/session";
import { createMessageTransport, type MessageCarrier, type MessageTransport } from "@coterie/transport-ipc";

/** What a hosted peer is called among the transports that are joined. */
const ADDRESS = "coterie-peer";

/**
 * Lets the other end of `port` open sessions at this peer, which has started: to be called in a worker, or in a process that was
 * forked, with its `parentPort` or `process`. Sessions live as long as the other end, whether its event loop runs or not.
 */
export async function hostPeer(peer: Peer, port: MessageCarrier): Promise<AsyncDisposable> {
  const transport = createMessageTransport();
  const membership = transport.join(port);
  let clients: ClientPort;
  try {
    // The other end is of this application: it gets sessions when others do not any more.
    const limits = { connectionsPerIpMax: 0, sessionsMax: 0 };
    clients = await peer.listen({ transport, address: ADDRESS, ...limits, keepsSessions: true });
  } catch (error) {
    membership.leave();
    throw error;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await clients.close();
      membership.leave();
    },
  };
}

export type WorkerSessionOptions = Omit<ConnectOptions, "transport" | "readOnly" | "isKept"> & {
  /** Paths of the session begin here. Default: none. */
  readonly chroot?: string;
};

/** "any" is looked at by the client. */
const OPEN_SESSION: OptionKinds<WorkerSessionOptions> = {
  chroot: "string",
  sessionTimeoutMs: "any",
  deadlineMs: "any",
  signal: "any",
  limits: "any",
  clock: "any",
  random: "any",
};

/** A peer in another thread or process. */
export interface ConnectedPeer {
  /** As `Peer.openSession`; rejects with UNREACHABLE if the peer does not serve until the deadline. */
  openSession(options?: WorkerSessionOptions): Promise<Session>;
  /** Gives up the way there; sessions are suspended, and lost when they have expired. */
  leave(): void;
}

/** The peer that `hostPeer` hosts at the other end of `carrier`: a `Worker`, a child that was forked, a `MessagePort`. */
export function connectPeer(carrier: MessageCarrier): ConnectedPeer {
  const transport: MessageTransport = createMessageTransport();
  const membership = transport.join(carrier);
  return {
    openSession: async (given = {}) => {
      checkOptions("openSession", given, OPEN_SESSION);
      const { chroot, ...options } = given;
      const target = { addresses: [ADDRESS], ...(chroot === undefined ? {} : { chroot }) };
      return connect(target, { ...options, transport, isKept: true });
    },
    leave: () => membership.leave(),
  };
}
