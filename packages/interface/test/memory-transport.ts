import {
  assert,
  type Clock,
  type Connection,
  type ConnectionHandler,
  type ConnectionInfo,
  type ConnectionOptions,
  CoterieError,
  type ErrorCode,
  type Listener,
  type ListenHandler,
  type ListenOptions,
  type Transport,
} from "../src/index.ts";

interface OpenListener {
  readonly handler: ListenHandler;
  readonly options: ConnectionOptions;
}

/** A network in memory that loses and delays nothing: shows that a Transport is an afternoon's work. */
export class MemoryTransport implements Transport {
  readonly supports = { identity: false, zookeeperFraming: false };
  private readonly clock: Clock;
  private readonly listeners = new Map<string, OpenListener>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    if (this.listeners.has(address)) throw new CoterieError("ADDRESS_IN_USE");
    this.listeners.set(address, { handler, options });
    return { address, close: async () => void this.listeners.delete(address) };
  }

  dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    const near = new End(this.clock, options);
    near.handler = handler;
    this.clock.nextTurn(() => this.establish(address, near));
    return near;
  }

  private establish(address: string, near: End): void {
    const listener = this.listeners.get(address);
    if (listener === undefined) return near.end("UNREACHABLE");
    if (near.state !== "opening") return;
    const far = new End(this.clock, listener.options);
    far.other = near;
    near.other = far;
    far.handler = listener.handler.accept(far);
    for (const end of [far, near]) this.clock.nextTurn(() => end.open(address));
  }
}

/** What `end` sends stands in the inbox of the other end until that takes it: both queues in one. */
class End implements Connection {
  handler: ConnectionHandler | null = null;
  other: End | null = null;
  state: "opening" | "open" | "closing" | "closed" = "opening";
  private readonly clock: Clock;
  private readonly options: ConnectionOptions;
  private readonly inbox: Uint8Array[] = [];
  private inboxBytes = 0;
  private isPaused = false;
  private isDrainDue = false;

  constructor(clock: Clock, options: ConnectionOptions) {
    this.clock = clock;
    this.options = options;
  }

  get sendQueueBytes(): number {
    return this.other?.inboxBytes ?? 0;
  }

  open(address: string): void {
    if (this.state !== "opening") return;
    this.state = "open";
    const info: ConnectionInfo = {
      localAddress: address,
      remoteAddress: address,
      remoteIp: null,
      isLocal: true,
      identity: { kind: "none" },
      fourLetterWord: null,
    };
    this.handler?.opened(info);
  }

  send(frame: Uint8Array): boolean {
    assert(this.state !== "opening", "frames are sent after opened");
    const { other } = this;
    if (this.state !== "open" || other === null) return false;
    other.inbox.push(frame);
    other.inboxBytes += frame.length;
    this.clock.nextTurn(() => other.deliver());
    const isFull = this.sendQueueBytes > this.options.sendQueueTargetBytes;
    this.isDrainDue ||= isFull;
    return !isFull;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.clock.nextTurn(() => this.deliver());
  }

  close(): void {
    const { other } = this;
    if (other === null || this.state === "opening") return this.abort();
    if (this.state !== "open") return;
    this.state = "closing";
    this.clock.nextTurn(() => other.deliver());
  }

  abort(): void {
    this.end("CONNECTION_CLOSED");
    this.other?.end("CONNECTION_CLOSED");
  }

  end(code: ErrorCode): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.clock.nextTurn(() => this.handler?.closed(new CoterieError(code)));
  }

  private deliver(): void {
    const { other } = this;
    while (!this.isPaused && this.state === "open") {
      const frame = this.inbox.shift();
      if (frame === undefined) break;
      this.inboxBytes -= frame.length;
      if (frame.length > this.options.frameSizeMaxBytes) {
        this.end("FRAME_TOO_LARGE");
        return other?.end("CONNECTION_CLOSED");
      }
      this.handler?.received(frame);
    }
    other?.drain();
    if (other?.state === "closing" && this.state !== "opening") other.abort();
  }

  private drain(): void {
    if (!this.isDrainDue || this.state !== "open") return;
    if (this.sendQueueBytes > this.options.sendQueueTargetBytes / 2) return;
    this.isDrainDue = false;
    this.clock.nextTurn(() => {
      if (this.state === "open") this.handler?.drained();
    });
  }
}
