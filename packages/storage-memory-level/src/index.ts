export { createMemoryLevelStorage, type MemoryLevelStorageOptions } from "./create-memory-level-storage.ts";
