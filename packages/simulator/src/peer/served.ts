import { type Attachment, createReadBarrier, type ReadBarrier, type WatcherId } from "@coterie/core";
import { SESSION_NONE, type SessionId } from "@coterie/interface";
import type { ClientConnection } from "../client/client-connection.ts";
import type { SimOperation } from "../client/client-message.ts";
import type { SimRequest } from "./request-book.ts";

/** A client connection at the peer that serves it. */
export class Served {
  readonly connection: ClientConnection;
  readonly attachment: Attachment;
  readonly timeoutMs: number;
  readonly watcher: WatcherId;
  readonly barrier: ReadBarrier<SimRequest, SimOperation> = createReadBarrier();
  /** SESSION_NONE until `isConnected`. */
  sessionId: SessionId = SESSION_NONE;
  /** The txn by which it has its session is applied here: its client has been told, and none came in between. */
  isConnected = false;
  /** That of the txn. */
  token = 0;
  /** A sync or a linearizable read: nothing of the session overtakes it. */
  fence: SimOperation | null = null;
  /** What waits behind the fence, or until it is connected. */
  readonly waiting: SimOperation[] = [];
  isClosed = false;

  constructor(connection: ClientConnection, attachment: Attachment, timeoutMs: number, watcher: WatcherId) {
    this.connection = connection;
    this.attachment = attachment;
    this.timeoutMs = timeoutMs;
    this.watcher = watcher;
  }
}
