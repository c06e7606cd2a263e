export { createLevelStorage, type LevelStorageOptions } from "./create-level-storage.ts";
export { createLevelPlace } from "./database/level-place.ts";
export type { DatabasePlace, LevelDatabase } from "./database/place.ts";
export { toOpenError, toStoreError } from "./database/store-error.ts";
export { createSystemClock } from "./database/system-clock.ts";
export { examineStore, type ExamineOptions } from "./doctor/examine.ts";
export { isStoreRepair, repairStore, type RepairOptions, type StoreRepair } from "./doctor/repair.ts";
export type { StandingReport, StoreReport } from "./doctor/report.ts";
export { syncDirectory } from "./files/directories.ts";
export { STORE_FORMAT } from "./format/store-format.ts";
export { createFileJournal, type FileJournalOptions, type Journal } from "./journal/file-journal.ts";
export { type JournalEntry, type JournalFile, type JournalFiles, NODE_JOURNAL_FILES } from "./journal/journal-files.ts";
export { STORAGE_LIMITS } from "./limits.ts";
export type { AmnesiaReason } from "./recovery/recover.ts";
export { createFileSidecar, type FileSidecarOptions } from "./sidecar/file-sidecar.ts";
export { NODE_FILES, type SidecarFile, type SidecarFiles } from "./sidecar/files.ts";
export type { Sidecar, SidecarContent, SidecarReading, SidecarState } from "./sidecar/sidecar.ts";
// What a factory over this package needs of the seams, so that it need not depend on them by itself.
export { type Clock, CoterieError, type ErrorCode, type LogStorage } from "@coterie/interface";
