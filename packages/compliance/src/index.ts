export type { LogStorageDamages, LogStorageFixture } from "./log-storage/fixture.ts";
export { testLogStorage } from "./log-storage/test-log-storage.ts";
export { ComplianceError } from "./runner/check.ts";
export type { TestRunner } from "./runner/test-runner.ts";
export type { TransportFixture, TransportIdentityFixture, TransportPace, TransportSite } from "./transport/fixture.ts";
export { testTransport } from "./transport/test-transport.ts";
