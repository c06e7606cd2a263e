/** What transports over sockets of Node.js share. For `transport-ipc`; not promised to anybody else. */
export { dialOnStream, type StreamDialOptions } from "./stream/dial-on-stream.ts";
export { listenOnStream, type StreamListenOptions } from "./stream/listen-on-stream.ts";
export { createPlatformClock } from "./stream/platform-clock.ts";
export { setDeadline } from "./stream/deadline.ts";
export { reasonOf, wordOf } from "./stream/reasons.ts";
export { STREAM_LIMITS, type StreamContext, type StreamLimits } from "./stream/stream-context.ts";
export type { StreamEnds } from "./stream/stream-ends.ts";
export { NO_SECURITY } from "./stream/stream-security.ts";
