import type {
  Connection,
  ConnectionHandler,
  ConnectionInfo,
  ConnectionOptions,
  CoterieError,
  Listener,
  ListenHandler,
  ListenOptions,
  Transport,
  TransportSupports,
} from "@coterie/interface";
import type { SimProcess } from "./sim-process.ts";

/** A transport as one process has it: what it tells waits while the process stands still, and nothing is told to a dead one. */
export class ProcessTransport implements Transport {
  readonly supports: TransportSupports;
  private readonly inner: Transport;
  private readonly process: SimProcess;

  constructor(inner: Transport, process: SimProcess) {
    this.inner = inner;
    this.process = process;
    this.supports = inner.supports;
  }

  listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    const { process } = this;
    const accepting: ListenHandler = {
      accept: (connection) => {
        const held = new HeldConnection(process);
        held.take(connection);
        process.input(() => held.attach(handler.accept(held)));
        return held.incoming;
      },
      refused: (reason, remoteAddress) => process.input(() => handler.refused(reason, remoteAddress)),
    };
    return this.inner.listen(address, accepting, options);
  }

  dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    const held = new HeldConnection(this.process);
    held.attach(handler);
    held.take(this.inner.dial(address, held.incoming, options));
    return held;
  }
}

type Incoming =
  | { readonly kind: "opened"; readonly info: ConnectionInfo }
  | { readonly kind: "received"; readonly frame: Uint8Array }
  | { readonly kind: "drained" }
  | { readonly kind: "closed"; readonly reason: CoterieError };

/** What has come in and was not taken yet obeys `pause`, `close` and `abort` as if it had not come in. */
class HeldConnection implements Connection {
  readonly incoming: ConnectionHandler;
  private readonly process: SimProcess;
  private inner: Connection | null = null;
  private handler: ConnectionHandler | null = null;
  private waiting: Incoming[] = [];
  private isPaused = false;
  private isLeft = false;

  constructor(process: SimProcess) {
    this.process = process;
    this.incoming = {
      opened: (info) => this.bring({ kind: "opened", info }),
      received: (frame) => this.bring({ kind: "received", frame }),
      drained: () => this.bring({ kind: "drained" }),
      closed: (reason) => this.bring({ kind: "closed", reason }),
    };
  }

  take(inner: Connection): void {
    this.inner = inner;
  }

  attach(handler: ConnectionHandler): void {
    this.handler = handler;
  }

  get sendQueueBytes(): number {
    return this.inner?.sendQueueBytes ?? 0;
  }

  send(frame: Uint8Array): boolean {
    return this.inner!.send(frame);
  }

  pause(): void {
    this.isPaused = true;
    this.inner?.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.inner?.resume();
    // Not within the call.
    if (this.waiting.length > 0) this.process.nextTurn(() => this.tell());
  }

  close(): void {
    this.isLeft = true;
    this.inner?.close();
  }

  abort(): void {
    this.isLeft = true;
    this.inner?.abort();
  }

  private bring(incoming: Incoming): void {
    this.process.input(() => {
      this.waiting.push(incoming);
      this.tell();
    });
  }

  private tell(): void {
    const { handler } = this;
    if (handler === null) return;
    const last = this.waiting.at(-1);
    // What waited behind a pause is lost with the connection.
    if (this.isPaused && last?.kind === "closed") this.waiting = [last];
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (next.kind === "received" && this.isPaused && !this.isLeft) return;
      this.waiting.shift();
      if (next.kind === "closed") handler.closed(next.reason);
      else if (this.isLeft) continue;
      else if (next.kind === "received") handler.received(next.frame);
      else if (next.kind === "opened") handler.opened(next.info);
      else handler.drained();
    }
  }
}
