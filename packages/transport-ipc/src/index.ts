export type { Transport } from "@coterie/interface";
export type * from "@coterie/transport-tcp";
