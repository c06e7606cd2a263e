import type { SessionId, Zxid } from "@coterie/interface";
import { isWrite } from "../history/history.ts";
import type { Call, Operation, OperationEnd, WatchNotice } from "../history/operation.ts";
import type { ClientConnection } from "./client-connection.ts";

/** An operation while it may still end. */
export interface SimOperation extends Operation {
  end: OperationEnd | null;
}

/** From a client to the peer that serves it. */
export type ClientMessage =
  | {
      readonly kind: "client-connect";
      readonly connection: ClientConnection;
      /** Null for a client that opens one. */
      readonly sessionId: SessionId | null;
      /** The opening of a session, which is answered before "connected"; null with a session. */
      readonly opening: SimOperation | null;
      readonly lastZxid: Zxid;
      readonly timeoutMs: number;
    }
  | { readonly kind: "client-request"; readonly connection: ClientConnection; readonly operation: SimOperation }
  | { readonly kind: "client-ping"; readonly connection: ClientConnection }
  | { readonly kind: "client-gone"; readonly connection: ClientConnection };

/** From the peer to the client. */
export type PeerMessage =
  /** The session is there, and this connection has it. */
  | { readonly kind: "connected" }
  | { readonly kind: "reply"; readonly operation: SimOperation; readonly end: Omit<OperationEnd, "at"> }
  | {
      readonly kind: "notice";
      readonly path: string;
      readonly event: WatchNotice["event"];
      readonly zxid: Zxid;
    }
  /** `isExpired`: the session is gone for ever, not only the connection. */
  | { readonly kind: "closed"; readonly isExpired: boolean };

export function isWriteCall(call: Call): boolean {
  return isWrite({ call });
}
