export { createManualClock, type ManualClock, type ManualClockOptions } from "./clock/manual-clock.ts";
export { createTestEnsemble } from "./ensemble/create-test-ensemble.ts";
export type { TestEnsembleOptions } from "./ensemble/options.ts";
export type { TestEnsemble } from "./ensemble/test-ensemble.ts";
export { createFaultyStorage, type FaultyStorage } from "./faults/faulty-storage.ts";
export type { SessionOrId } from "./session-id.ts";
export { createTestZooKeeper, type TestZooKeeper } from "./zookeeper/create-test-zookeeper.ts";
export type { TestZooKeeperOptions } from "./zookeeper/options.ts";
