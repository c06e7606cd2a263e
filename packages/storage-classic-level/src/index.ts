export { copyStore, type CopyStoreOptions, type StoreCopy } from "./copy-store.ts";
export { createClassicLevelStorage, type ClassicLevelStorageOptions } from "./create-classic-level-storage.ts";
export { doctor, type DoctorOptions } from "./doctor.ts";
export { type ClassicLevelRepair, repair } from "./repair.ts";
export type { StoreReport } from "@coterie/storage-level";
