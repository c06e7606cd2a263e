export type { ResolveName } from "./name-lookup.ts";
export type { StreamLimits as TcpLimits } from "./stream/stream-context.ts";
export {
  createTcpTransport,
  isTcpTransport,
  type TcpSecurity,
  type TcpTransport,
  type TcpTransportOptions,
} from "./tcp-transport.ts";
export { isLoopback, parseTcpAddress, type TcpAddress } from "./tcp-address.ts";
export type { TlsCredentials } from "./tls/credentials.ts";
