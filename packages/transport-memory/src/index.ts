export type { Transport } from "@coterie/interface";
