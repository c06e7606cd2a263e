export type { LogStorage } from "@coterie/interface";
export type { AbstractLevel } from "abstract-level";
