import type { Connection, ConnectionHandler } from "@coterie/interface";
import type { Peer } from "@coterie/peer";
import { createSocketTransport } from "@coterie/transport-ipc";
import {
  ANSWER,
  decodeRequest,
  encodeAnswer,
  encodeError,
  REQUEST_SIZE_MAX_BYTES,
  SEND_QUEUE_TARGET_BYTES,
} from "./admin-protocol.ts";

/** Connections at once; one more is refused. */
const CONNECTIONS_MAX = 8;
/** How long a connection may take to ask: then it is cut. Who asks does so at once, and those who do not would take every place. */
const QUESTION_MAX_MS = 10_000;

export interface AdminSocket {
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Lets processes of the same user ask `peer` for a backup at `path`, absolute. Rejects as a socket transport's `listen` does. */
export async function openAdminSocket(
  peer: Peer,
  path: string,
  questionMaxMs: number = QUESTION_MAX_MS,
): Promise<AdminSocket> {
  const open = new Set<Connection>();
  const accept = (connection: Connection): ConnectionHandler => {
    open.add(connection);
    return new AdminConnection(peer, connection, questionMaxMs, () => open.delete(connection));
  };
  const listener = await createSocketTransport().listen(
    path,
    { accept, refused: () => undefined },
    {
      frameSizeMaxBytes: REQUEST_SIZE_MAX_BYTES,
      sendQueueTargetBytes: SEND_QUEUE_TARGET_BYTES,
      connectionsMax: CONNECTIONS_MAX,
    },
  );
  return {
    close: async () => {
      for (const connection of open) connection.abort();
      await listener.close();
    },
  };
}

class AdminConnection implements ConnectionHandler {
  private readonly peer: Peer;
  private readonly connection: Connection;
  private readonly ended: () => void;
  private readonly ending = new AbortController();
  private readonly deadline: NodeJS.Timeout;
  private hasAsked = false;
  /** The other end has room again, or is gone. */
  private wake: () => void = () => undefined;

  constructor(peer: Peer, connection: Connection, questionMaxMs: number, ended: () => void) {
    this.peer = peer;
    this.connection = connection;
    this.ended = ended;
    this.deadline = setTimeout(() => connection.abort(), questionMaxMs).unref();
  }

  opened(): void {
    // It asks first.
  }

  received(frame: Uint8Array): void {
    if (this.hasAsked) {
      this.connection.abort();
      return;
    }
    this.hasAsked = true;
    clearTimeout(this.deadline);
    void this.answer(frame);
  }

  drained(): void {
    this.wake();
  }

  closed(): void {
    clearTimeout(this.deadline);
    this.ended();
    this.ending.abort();
    this.wake();
  }

  private async answer(frame: Uint8Array): Promise<void> {
    const { peer, connection } = this;
    const { signal } = this.ending;
    try {
      const { bytesPerSecond } = decodeRequest(frame);
      const options = bytesPerSecond === null ? { signal } : { signal, bytesPerSecond };
      for await (const piece of peer.backup(options)) {
        if (!connection.send(encodeAnswer(ANSWER.data, piece))) await this.room();
      }
      connection.send(encodeAnswer(ANSWER.done));
    } catch (error) {
      // Dropped if the other end is gone: then there is nobody to tell.
      connection.send(encodeError(error));
    }
    connection.close();
  }

  private room(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.ending.signal.aborted) resolve();
    });
  }
}
