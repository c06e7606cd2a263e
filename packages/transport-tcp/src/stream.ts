/** What transports over sockets and other byte streams share. For `transport-ipc`; not promised to anybody else. */
export { checkLimits } from "./stream/check-limits.ts";
export { setDeadline } from "./stream/deadline.ts";
export { dialOnStream, type StreamDialOptions } from "./stream/dial-on-stream.ts";
export { FlushTurn } from "./stream/flush-turn.ts";
export { listenOnStream, type StreamListenOptions } from "./stream/listen-on-stream.ts";
export { createPlatformClock } from "./stream/platform-clock.ts";
export { reasonOf, wordOf } from "./stream/reasons.ts";
export { RefusalReport } from "./stream/refusal-report.ts";
export { StreamConnection, type StreamConnectionOptions } from "./stream/stream-connection.ts";
export type { StreamContext, StreamLimits } from "./stream/stream-context.ts";
export type { StreamEnds } from "./stream/stream-ends.ts";
export { NO_SECURITY } from "./stream/stream-security.ts";
