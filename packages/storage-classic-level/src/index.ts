export { createClassicLevelStorage, type ClassicLevelStorageOptions } from "./create-classic-level-storage.ts";
