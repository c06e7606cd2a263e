export { type Barrier, createBarrier } from "./barrier/barrier.ts";
export { createDoubleBarrier, type DoubleBarrier, type DoubleBarrierOptions } from "./barrier/double-barrier.ts";
export type { BarrierEntry } from "./barrier/entry.ts";
export { type CountDownOptions, createLatch, type Latch, type LatchOptions } from "./barrier/latch.ts";
export { type Counter, type CounterOptions, createCounter } from "./counter/counter.ts";
export type { CounterFormat } from "./counter/format.ts";
export type { Cache, CacheOptions } from "./cache/cache.ts";
export type { CacheEvent } from "./cache/cache-event.ts";
export type { CacheLimits } from "./cache/limits.ts";
export { createNodeCache, type NodeCache } from "./cache/node-cache.ts";
export { createPathCache, type PathCache, type PathCacheOptions } from "./cache/path-cache.ts";
export { createTreeCache, type TreeCache, type TreeCacheOptions } from "./cache/tree-cache.ts";
export type { ChangesOptions } from "./changes/readers.ts";
export type { ConfigEvent } from "./config/config-event.ts";
export { type ConfigChange, createLiveConfig, type LiveConfig, type LiveConfigOptions } from "./config/live-config.ts";
export type { ConfigFormat } from "./config/rules.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./config/standard-schema.ts";
export type { BadInstanceListener } from "./discovery/bad-instances.ts";
export { createDiscovery, type Discovery, type DiscoveryOptions } from "./discovery/discovery.ts";
export type { DownPolicy } from "./discovery/down-instances.ts";
export type { Registration, ServiceRequest, ServiceUpdate } from "./discovery/registration.ts";
export { type ServiceInstance, type ServiceRecord, type ServiceType, uriOf } from "./discovery/service-instance.ts";
export type { ProviderOptions, ServiceProvider } from "./discovery/service-provider.ts";
export type { ServiceChange, ServiceView } from "./discovery/service-view.ts";
export type { StrategyName } from "./discovery/strategy.ts";
export {
  createCronGuard,
  type CronGuard,
  type CronGuardOptions,
  type CronResult,
  type CronRun,
} from "./cron/cron-guard.ts";
export type { CronOutcome, CronRecord, CronSlot } from "./cron/record.ts";
export { createElection, type Election, type ElectionOptions } from "./election/election.ts";
export {
  createPersistentEphemeral,
  type PersistentEphemeral,
  type PersistentEphemeralOptions,
} from "./ephemeral/persistent-ephemeral.ts";
export { createGroup, type Group, type JoinRequest, type Membership } from "./group/group.ts";
export type { GroupChange, GroupView } from "./group/group-view.ts";
export type { Member } from "./group/member.ts";
export type { Hold, Leadership } from "./queue/hold.ts";
export type { WaitOptions } from "./calls/wait.ts";
export { type ContenderOptions, createMutex, type Mutex } from "./lock/mutex.ts";
export { createReadWriteLock, type ReadWriteLock } from "./lock/read-write-lock.ts";
export { createSemaphore, type Semaphore, type SemaphoreOptions } from "./lock/semaphore.ts";
export type { Contender } from "./queue/contenders.ts";
export { sustain, type SustainOptions } from "./sustain/sustain.ts";
