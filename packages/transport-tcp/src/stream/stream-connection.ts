import {
  assert,
  type Clock,
  type Connection,
  type ConnectionHandler,
  type ConnectionInfo,
  type ConnectionOptions,
  type CoterieError,
  type Timer,
} from "@coterie/interface";
import type { Duplex } from "node:stream";
import { setDeadline } from "./deadline.ts";
import type { FlushTurn } from "./flush-turn.ts";
import { FrameCutter } from "./frame-cutter.ts";
import { reasonOf, wordOf } from "./reasons.ts";
import { queuedSizeOf, SendQueue } from "./send-queue.ts";

export interface StreamConnectionOptions extends ConnectionOptions {
  readonly clock: Clock;
  readonly flushes: FlushTurn;
  /** How long, after `close`, the other end may take to read each batch of what is left, and to end its side. */
  readonly closeTimeoutMs: number;
}

const CLOSED_HERE = "This end closed the connection.";
const NOT_READ = "This end closed the connection; the other end did not read the rest in time.";
const BROKE = "The connection broke.";

/** Frames over a socket of Node.js, once there is one: plain, TLS, unix or named pipe. */
export class StreamConnection implements Connection {
  private state: "opening" | "open" | "closing" | "closed" = "opening";
  private readonly options: StreamConnectionOptions;
  private readonly cutter: FrameCutter;
  /** Told when the connection opens, or does not. */
  private settled: ((isOpen: boolean) => void) | null = null;
  private handler: ConnectionHandler | null = null;
  private socket: Duplex | null = null;
  private queue = new SendQueue(false);
  private queueBytes = 0;
  private isFlushDue = false;
  private isWriting = false;
  private isDrainDue = false;
  private isPaused = false;
  private isResumeDue = false;
  /** The other end has sent its last, behind frames that a pause holds back. */
  private isFinishDue = false;
  private closeDeadline: Timer | null = null;
  private endReason: CoterieError | null = null;

  constructor(options: StreamConnectionOptions) {
    this.options = options;
    this.cutter = new FrameCutter(options.frameSizeMaxBytes);
  }

  get sendQueueBytes(): number {
    return this.queueBytes;
  }

  get isClosed(): boolean {
    return this.state === "closed";
  }

  /** Whose connection this is, and who is told when it opens or comes to nothing. Before `open` and `fail`. */
  begin(handler: ConnectionHandler, settled: (isOpen: boolean) => void): void {
    this.handler = handler;
    this.settled = settled;
    // The user may have closed it as soon as it was handed over.
    if (this.endReason !== null) this.tellClosed(handler, this.endReason);
  }

  /** The connection is up: `head` has been read from the socket already. Not called inside a call of the user. */
  open(socket: Duplex, info: ConnectionInfo, head: Uint8Array | null): void {
    if (this.state !== "opening") return void socket.destroy();
    this.state = "open";
    this.settled?.(true);
    this.settled = null;
    this.socket = socket;
    if (info.fourLetterWord !== null) this.queue = new SendQueue(true);
    socket.on("error", (error) =>
      this.end(reasonOf("CONNECTION_CLOSED", `${BROKE.slice(0, -1)}: ${wordOf(error)}.`, error)),
    );
    socket.on("close", () => this.end(reasonOf("CONNECTION_CLOSED", this.state === "closing" ? CLOSED_HERE : BROKE)));
    socket.on("end", () => this.finish());
    this.handler?.opened(info);
    if (this.isClosed) return;
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    if (head !== null) this.take(head);
    if (this.isPaused) socket.pause();
  }

  /** The attempt has come to nothing. */
  fail(reason: CoterieError): void {
    if (this.state === "opening") this.end(reason);
  }

  send(frame: Uint8Array): boolean {
    if (this.state !== "open") {
      assert(this.state !== "opening", "frames are sent after opened");
      return false;
    }
    this.queue.add(frame);
    this.queueBytes += queuedSizeOf(frame);
    this.flushSoon();
    if (this.queueBytes <= this.options.sendQueueTargetBytes) return true;
    this.isDrainDue = true;
    return false;
  }

  pause(): void {
    this.isPaused = true;
    if (this.state === "open") this.socket?.pause();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    if (this.isResumeDue) return;
    this.isResumeDue = true;
    this.options.clock.nextTurn(() => {
      this.isResumeDue = false;
      if (this.state !== "open" || this.isPaused) return;
      this.deliver();
      if (this.state !== "open") return;
      if (this.isFinishDue) this.finish();
      else if (!this.isPaused) this.socket?.resume();
    });
  }

  close(): void {
    if (this.state === "opening") return this.abort();
    if (this.state !== "open") return;
    this.state = "closing";
    this.limitClosing();
    // What comes in is read and dropped: a socket that is closed with bytes unread resets the connection, and what
    // is still on its way to the other end is lost.
    this.socket?.resume();
    this.flushSoon();
  }

  abort(): void {
    this.end(reasonOf("CONNECTION_CLOSED", CLOSED_HERE));
  }

  private take(chunk: Uint8Array): void {
    // Text ends the conversation: after a four-letter word nothing is received.
    if (this.state !== "open" || this.queue.isText) return;
    this.cutter.push(chunk);
    this.deliver();
  }

  private deliver(): void {
    const { cutter, handler } = this;
    while (this.state === "open" && !this.isPaused) {
      const frame = cutter.next();
      if (frame !== null) {
        handler?.received(frame);
        continue;
      }
      const length = cutter.refusedLength;
      if (length !== null) this.refuse(length);
      return;
    }
  }

  private refuse(length: number): void {
    const { frameSizeMaxBytes } = this.options;
    const message =
      length < 0
        ? `The other end sent a frame with the negative length ${length}; it may not speak this protocol.`
        : `The other end sent a frame of ${length} bytes; at most ${frameSizeMaxBytes} are taken in.${tlsHint(length)}`;
    this.end(reasonOf("FRAME_TOO_LARGE", message));
  }

  /** The other end has sent its last. */
  private finish(): void {
    // The socket closes by itself once this side has ended, too.
    if (this.state === "closing") return;
    // A client may end its side right after the word and then wait for the answer.
    if (this.queue.isText) return this.limitClosing();
    // What waits behind a pause was sent before the end, and is received before it.
    this.isFinishDue = this.isPaused && this.cutter.hasUnread;
    if (this.isFinishDue) return;
    const cause = this.cutter.isBetweenFrames ? undefined : new Error("the stream ended inside a frame");
    this.end(reasonOf("CONNECTION_CLOSED", "The other end closed the connection.", cause));
  }

  private limitClosing(): void {
    const { clock, closeTimeoutMs } = this.options;
    this.closeDeadline?.cancel();
    this.closeDeadline = setDeadline(clock, closeTimeoutMs, () => this.end(reasonOf("CONNECTION_CLOSED", NOT_READ)));
  }

  private flushSoon(): void {
    if (this.isFlushDue || this.isWriting) return;
    this.isFlushDue = true;
    this.options.flushes.add(this);
  }

  /** For `FlushTurn`. */
  flush(): void {
    this.isFlushDue = false;
    const { socket, queue } = this;
    if (socket === null || this.isClosed) return;
    if (queue.isEmpty) {
      if (this.state === "closing") socket.end();
      return;
    }
    const { pieces, queuedBytes } = queue.take();
    this.isWriting = true;
    const last = pieces.length - 1;
    if (last > 0) socket.cork();
    for (let index = 0; index < last; index++) socket.write(pieces[index]!);
    socket.write(pieces[last]!, (error) => {
      // The socket tells of an error by itself.
      if (error === undefined || error === null) this.written(queuedBytes);
    });
    if (last > 0) socket.uncork();
  }

  private written(queuedBytes: number): void {
    if (this.isClosed) return;
    this.isWriting = false;
    this.queueBytes -= queuedBytes;
    // Who reads, however slowly, is given time for the next batch.
    if (this.state === "closing") this.limitClosing();
    if (!this.queue.isEmpty || this.state === "closing") this.flushSoon();
    if (this.isDrainDue && this.state === "open" && this.queueBytes <= this.options.sendQueueTargetBytes / 2) {
      this.isDrainDue = false;
      this.handler?.drained();
    }
  }

  private end(reason: CoterieError): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.endReason = reason;
    this.closeDeadline?.cancel();
    this.queue.clear();
    this.queueBytes = 0;
    this.settled?.(false);
    this.settled = null;
    this.socket?.destroy();
    if (this.handler !== null) this.tellClosed(this.handler, reason);
  }

  private tellClosed(handler: ConnectionHandler, reason: CoterieError): void {
    this.options.clock.nextTurn(() => handler.closed(reason));
  }
}

/** A TLS record of a handshake or an alert, read as the length of a frame. */
function tlsHint(length: number): string {
  const head = length >>> 16;
  return head === 0x1603 || head === 0x1503
    ? " It speaks TLS, as with a secret or certificates; this end does not."
    : "";
}
