export { type ClientChannel, type ClientChannelOptions, createClientChannel } from "./client-channel.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export { type ConnectTarget, parseConnectString } from "./connect-string.ts";
export type { ServerTrouble } from "./connection/server-list.ts";
export { CLIENT_LIMITS, type ClientLimits } from "./limits.ts";
