export type { LogStorage, Transport } from "@coterie/interface";
