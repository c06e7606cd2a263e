export { acceptLink, dialLink, type LinkHandler, type LinkOptions, type PeerLink } from "./link/link-handshake.ts";
export type { LiveLink, LiveLinkOptions } from "./link/live-link.ts";
export { LiveLinks } from "./link/live-links.ts";
export type { Objection } from "./link/seat.ts";
export type { Refusal } from "./link/verdict.ts";
export type { BackupHeader } from "./backup/backup-header.ts";
export { verifyBackup } from "./backup/read-backup.ts";
export { restoreBackup, type Restored, type RestoreOptions } from "./backup/restore-backup.ts";
export { createPeer } from "./create-peer.ts";
export {
  type LostQuorumOptions,
  type LostQuorumRecovery,
  type LostQuorumReport,
  recoverLostQuorum,
} from "./lost-quorum/recover-lost-quorum.ts";
export type { SurvivingStore, SurvivorReport } from "./lost-quorum/survivor.ts";
export { FOUR_LETTER_WORDS } from "./zookeeper-port/words/answer-word.ts";
export type * from "./options.ts";
export type * from "./peer.ts";
