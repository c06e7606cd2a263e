export { connect, type ConnectOptions } from "./connect.ts";
export { type CoteriePeerOptions as PeerOptions, createPeer, type ZooKeeperPort } from "./create-peer.ts";
export { classicLevel, memory, tcp, type TcpOptions } from "./parts.ts";
export { type ConnectedPeer, connectPeer, hostPeer, type WorkerSessionOptions } from "./worker.ts";
export { CoterieError, type ErrorCode } from "@coterie/interface";
export {
  type BackupHeader,
  type BackupOptions,
  type ClientPort,
  type Logger,
  type LostQuorumOptions,
  type LostQuorumRecovery,
  type LostQuorumReport,
  type OpenSessionOptions,
  type Peer,
  type PeerEvents,
  type PeerStatus,
  recoverLostQuorum,
  restoreBackup,
  type Restored,
  type RestoreOptions,
  type SurvivingStore,
  type SurvivorReport,
  verifyBackup,
} from "@coterie/peer";
export * from "@coterie/recipes";
export type * from "@coterie/session";
export { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
export type { TcpTransport, TlsCredentials } from "@coterie/transport-tcp";
