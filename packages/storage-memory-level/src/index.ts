export type { LogStorage } from "@coterie/storage-level";
export type { MemoryLevel } from "memory-level";
