export type { ResolveName } from "./name-lookup.ts";
export type { StreamLimits as TcpLimits } from "./stream/stream-context.ts";
export { createTcpTransport, type TcpTransportOptions } from "./tcp-transport.ts";
