export type { MessageCarrier } from "./message/channel.ts";
export {
  createMessageTransport,
  type MessageMembership,
  type MessageTransport,
  type MessageTransportOptions,
} from "./message/message-transport.ts";
export { createSocketTransport, type SocketTransportOptions } from "./socket/socket-transport.ts";
