export type * from "./channel.ts";
export { LINEARIZABLE_ASKED, LINEARIZABLE_CONFIRMED } from "./channel.ts";
export { createSession, type SessionOptions } from "./create-session.ts";
export type * from "./session.ts";
export type { Stat } from "./stat.ts";
export { type ConnectionWait, untilConnected } from "./until-connected.ts";
export { checkPath } from "./path/check-path.ts";
export { callIsolated } from "./state-events.ts";
export { Fifo } from "./watch/fifo.ts";
