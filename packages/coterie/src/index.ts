export { connect, type ConnectOptions } from "./connect.ts";
export { type CoteriePeerOptions as PeerOptions, createPeer, type ZooKeeperPort } from "./create-peer.ts";
export { classicLevel, memory, tcp, type TcpOptions } from "./parts.ts";
export { type ConnectedPeer, connectPeer, hostPeer, type WorkerSessionOptions } from "./worker.ts";
export { CoterieError, type ErrorCode } from "@coterie/interface";
export type { ClientPort, Logger, OpenSessionOptions, Peer, PeerEvents, PeerStatus } from "@coterie/peer";
export type * from "@coterie/session";
export { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
export type { TlsCredentials } from "@coterie/transport-tcp";
