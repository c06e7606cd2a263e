export type { LineConditions } from "./line.ts";
export { createMemoryNetwork, type MemoryNetwork, type MemoryNetworkOptions } from "./memory-network.ts";
