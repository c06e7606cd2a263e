import type { ConnectionInfo } from "@coterie/interface";

/** What can be told of a connection before anything is proven. */
export type StreamEnds = Pick<ConnectionInfo, "localAddress" | "remoteAddress" | "remoteIp" | "isLocal">;
