export { createLevelStorage, type LevelStorageOptions } from "./create-level-storage.ts";
export { createLevelPlace } from "./database/level-place.ts";
export type { DatabasePlace, LevelDatabase } from "./database/place.ts";
export { createSystemClock } from "./database/system-clock.ts";
export { STORE_FORMAT } from "./format/store-format.ts";
export { STORAGE_LIMITS } from "./limits.ts";
export type { Sidecar, SidecarContent, SidecarReading, SidecarState } from "./sidecar/sidecar.ts";
export type { LogStorage } from "@coterie/interface";
