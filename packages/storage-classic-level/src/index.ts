export type { LogStorage } from "@coterie/storage-level";
export type { ClassicLevel } from "classic-level";
