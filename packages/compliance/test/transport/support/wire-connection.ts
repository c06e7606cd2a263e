import {
  assert,
  type Connection,
  type ConnectionHandler,
  type ConnectionInfo,
  CoterieError,
  type ErrorCode,
  type ListenOptions,
  type RemoteIdentity,
} from "@coterie/interface";
import type { Duplex } from "node:stream";
import type { SteppedClock } from "./stepped-clock.ts";

export const PREFIX_SIZE_BYTES = 4;

/** One end of a wire, with ZooKeeper's framing. A mutant overrides what it breaks. */
export class WireConnection implements Connection {
  /** All is handed on at once. */
  readonly sendQueueBytes = 0;
  protected readonly options: ListenOptions;
  protected word: string | null = null;
  private readonly clock: SteppedClock;
  private handler: ConnectionHandler | null = null;
  private stream: Duplex | null = null;
  private unread: Buffer = Buffer.alloc(0);
  private state: "opening" | "open" | "closing" | "closed" = "opening";

  constructor(options: ListenOptions, clock: SteppedClock) {
    this.options = options;
    this.clock = clock;
  }

  attach(handler: ConnectionHandler): void {
    this.handler = handler;
  }

  /** `head` has been read from the stream already. */
  open(stream: Duplex, identity: RemoteIdentity, fourLetterWord: string | null, head: Buffer): void {
    if (this.state !== "opening") return void stream.end();
    this.state = "open";
    this.stream = stream;
    this.word = fourLetterWord;
    this.handler?.opened(infoOf(identity, fourLetterWord));
    stream.on("end", () => this.end("CONNECTION_CLOSED"));
    stream.on("data", (chunk: Buffer) => this.take(chunk));
    this.take(head);
  }

  send(frame: Uint8Array): boolean {
    assert(this.state !== "opening", "frames are sent after opened");
    if (this.state !== "open") return false;
    const isText = this.word !== null && !this.answersInFrames();
    this.stream?.write(isText ? frame : Buffer.concat([this.prefixOf(frame.length), frame]));
    return true;
  }

  pause(): void {
    this.stream?.pause();
  }

  resume(): void {
    this.stream?.resume();
  }

  close(): void {
    if (this.state === "opening") return this.abort();
    if (this.state !== "open") return;
    this.state = "closing";
    this.stream?.end();
  }

  abort(): void {
    this.end("CONNECTION_CLOSED");
  }

  end(code: ErrorCode): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.stream?.end();
    this.clock.nextTurn(() => this.handler?.closed(new CoterieError(code)));
  }

  protected prefixOf(sizeBytes: number): Buffer {
    const prefix = Buffer.alloc(PREFIX_SIZE_BYTES);
    prefix.writeInt32BE(sizeBytes);
    return prefix;
  }

  protected lengthIn(bytes: Buffer): number {
    return bytes.readInt32BE();
  }

  /** Whether the length of a frame is refused; called when the length is there, and again as more of it comes. */
  protected refuses(sizeBytes: number, _unread: Buffer): boolean {
    return sizeBytes < 0 || sizeBytes > this.options.frameSizeMaxBytes;
  }

  protected answersInFrames(): boolean {
    return false;
  }

  protected readsBehindWords(): boolean {
    return false;
  }

  protected deliver(frame: Buffer): void {
    this.handler?.received(frame);
  }

  private take(chunk: Buffer): void {
    if (this.word !== null && !this.readsBehindWords()) return;
    this.unread = Buffer.concat([this.unread, chunk]);
    while (this.state === "open" && this.unread.length >= PREFIX_SIZE_BYTES) {
      const sizeBytes = this.lengthIn(this.unread);
      if (this.refuses(sizeBytes, this.unread)) return this.end("FRAME_TOO_LARGE");
      const endBytes = PREFIX_SIZE_BYTES + sizeBytes;
      if (this.unread.length < endBytes) return;
      const frame = this.unread.subarray(PREFIX_SIZE_BYTES, endBytes);
      this.unread = this.unread.subarray(endBytes);
      this.deliver(frame);
    }
  }
}

function infoOf(identity: RemoteIdentity, fourLetterWord: string | null): ConnectionInfo {
  return { localAddress: "here", remoteAddress: "there", remoteIp: null, isLocal: true, identity, fourLetterWord };
}
