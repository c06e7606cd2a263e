export { createClassicLevelStorage, type ClassicLevelStorageOptions } from "./create-classic-level-storage.ts";
export { type ClassicLevelRepair, doctor, type DoctorOptions, repair } from "./doctor.ts";
export type { StoreReport } from "@coterie/storage-level";
