import { Duplex } from "node:stream";
import type { WireMessage } from "./wire.ts";

/** Bytes that may be on their way to a reader that has not read them: what bounds memory when it does not read. */
const WINDOW_SIZE_BYTES = 1_048_576;
/** The reader tells what it has read in steps of this, so that it does not answer every message. */
const READ_STEP_BYTES = WINDOW_SIZE_BYTES / 4;

export interface MessageStreamOptions {
  /** Sends to the other end; `transfer` hands the memory of `bytes` over where the carrier can. */
  post(message: WireMessage): void;
  /** The stream is no more. */
  removed(): void;
}

/** A byte stream over messages: what a socket is to the code that cuts frames out of it. */
export class MessageStream extends Duplex {
  private readonly remote: MessageStreamOptions;
  private readonly remoteId: number;
  private allowanceBytes = WINDOW_SIZE_BYTES;
  private unreadBytes = 0;
  private unsent: Uint8Array = new Uint8Array(0);
  private afterSent: (() => void) | null = null;

  constructor(remoteId: number, options: MessageStreamOptions) {
    super({ allowHalfOpen: true, emitClose: true, autoDestroy: true });
    this.remoteId = remoteId;
    this.remote = options;
  }

  /** The other end has sent a piece. */
  takeIn(bytes: Uint8Array): void {
    if (this.destroyed) return;
    this.unreadBytes += bytes.length;
    // Ours never sends so much before it hears that some of it was read.
    if (this.unreadBytes > WINDOW_SIZE_BYTES) {
      const message = `the other end has sent more than the ${WINDOW_SIZE_BYTES} bytes that may be unread`;
      return void this.destroy(new Error(message));
    }
    // What is not wanted now stays in this stream's buffer; the window bounds how much that can be.
    if (this.push(bytes)) this.tellRead();
  }

  /** The other end has read so many bytes more. */
  allow(sizeBytes: number): void {
    this.allowanceBytes = Math.min(WINDOW_SIZE_BYTES, this.allowanceBytes + sizeBytes);
    this.sendOn();
  }

  /** The other end sends no more. */
  finish(): void {
    if (!this.destroyed) this.push(null);
  }

  override _read(): void {
    this.tellRead();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.unsent = chunk;
    this.afterSent = done;
    this.sendOn();
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "binary", done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.remote.post({ kind: "end", to: this.remoteId });
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.unsent = new Uint8Array(0);
    this.afterSent = null;
    this.remote.post({ kind: "gone", to: this.remoteId });
    this.remote.removed();
    done(error);
  }

  private sendOn(): void {
    const { afterSent } = this;
    if (afterSent === null) return;
    const size = Math.min(this.unsent.length, this.allowanceBytes);
    if (size > 0) {
      // A copy of its own: the carrier hands its memory over, and what was given here belongs to somebody else.
      const bytes = new Uint8Array(size);
      bytes.set(this.unsent.subarray(0, size));
      this.unsent = this.unsent.subarray(size);
      this.allowanceBytes -= size;
      this.remote.post({ kind: "data", to: this.remoteId, bytes });
    }
    if (this.unsent.length > 0) return;
    this.afterSent = null;
    afterSent();
  }

  private tellRead(): void {
    const readBytes = this.unreadBytes - this.readableLength;
    if (readBytes < READ_STEP_BYTES) return;
    this.unreadBytes -= readBytes;
    this.remote.post({ kind: "read", to: this.remoteId, sizeBytes: readBytes });
  }
}
