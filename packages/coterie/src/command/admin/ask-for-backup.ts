import type { Connection, ConnectionHandler } from "@coterie/interface";
import { CoterieError } from "@coterie/interface";
import { createSocketTransport } from "@coterie/transport-ipc";
import {
  type AdminRequest,
  ANSWER,
  ANSWER_SIZE_MAX_BYTES,
  decodeError,
  SEND_QUEUE_TARGET_BYTES,
} from "./admin-protocol.ts";

/** Frames that wait to be taken: behind them the peer waits. */
const FRAMES_WAITING_MAX = 4;

/**
 * A backup of the peer whose admin socket is at `path`. Throws what the peer says, UNREACHABLE if nobody listens there, or CONNECTION_CLOSED
 * if the peer has gone before the end.
 */
export async function* askForBackup(path: string, bytesPerSecond: number | null): AsyncGenerator<Uint8Array, void> {
  const answer = new Answer();
  const connection = createSocketTransport().dial(path, answer, {
    frameSizeMaxBytes: ANSWER_SIZE_MAX_BYTES,
    sendQueueTargetBytes: SEND_QUEUE_TARGET_BYTES,
  });
  answer.begin(connection, { command: "backup", bytesPerSecond });
  try {
    for (;;) {
      const frame = await answer.next();
      const body = frame.subarray(1);
      if (frame[0] === ANSWER.done) return;
      if (frame[0] === ANSWER.error) throw decodeError(body);
      yield body;
    }
  } finally {
    connection.abort();
  }
}

class Answer implements ConnectionHandler {
  private connection: Connection | null = null;
  private request: AdminRequest | null = null;
  private readonly frames: Uint8Array[] = [];
  private failure: CoterieError | null = null;
  private wake: () => void = () => undefined;

  begin(connection: Connection, request: AdminRequest): void {
    this.connection = connection;
    this.request = request;
  }

  async next(): Promise<Uint8Array> {
    for (;;) {
      const frame = this.frames.shift();
      if (frame !== undefined) {
        if (this.frames.length === 0) this.connection?.resume();
        return frame;
      }
      if (this.failure !== null) throw this.failure;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  opened(): void {
    this.connection?.send(Buffer.from(JSON.stringify(this.request)));
  }

  received(frame: Uint8Array): void {
    this.frames.push(frame);
    if (this.frames.length >= FRAMES_WAITING_MAX) this.connection?.pause();
    this.wake();
  }

  drained(): void {
    // One small question fits.
  }

  closed(reason: CoterieError): void {
    this.failure ??= new CoterieError(reason.code, `the peer's admin socket: ${reason.message}`, { cause: reason });
    this.wake();
  }
}
