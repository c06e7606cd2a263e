import type { Connection, ConnectionHandler, ConnectionInfo, CoterieError } from "@coterie/interface";
import { check } from "../runner/check.ts";

export type HeardKind = "opened" | "received" | "drained" | "closed";

/** Who is being called, and from where: to see handlers that run where they must not. */
export class CallWatch {
  /** Handlers that ran inside a call that was made outside of any handler. */
  readonly insideCalls: { readonly handler: string; readonly call: string }[] = [];
  /** Handlers that ran inside another one. */
  readonly insideHandlers: string[] = [];
  private call: string | null = null;
  private handler: string | null = null;

  calling<Result>(name: string, call: () => Result): Result {
    const outer = this.call;
    this.call = name;
    try {
      return call();
    } finally {
      this.call = outer;
    }
  }

  handling<Result>(name: string, handle: () => Result): Result {
    const { call, handler } = this;
    if (handler !== null) this.insideHandlers.push(`${name} inside ${handler}`);
    else if (call !== null) this.insideCalls.push({ handler: name, call });
    this.handler = name;
    this.call = null;
    try {
      return handle();
    } finally {
      this.handler = handler;
      this.call = call;
    }
  }
}

/** What may be done from inside a handler, after it was written down. */
export interface Reactions {
  opened?: () => void;
  received?: (frame: Uint8Array) => void;
  drained?: () => void;
  closed?: () => void;
}

/** One end of a connection with its handler: writes down what it hears, and watches the calls that it passes on. */
export class Recorder implements ConnectionHandler {
  readonly heard: HeardKind[] = [];
  /** The frames as they were handed out, up to `closed`. */
  readonly frames: Uint8Array[] = [];
  /** What they held at that moment. */
  readonly copies: Uint8Array[] = [];
  receivedBytes = 0;
  info: ConnectionInfo | null = null;
  /** Of the first `closed`. */
  reason: CoterieError | null = null;
  readonly reactions: Reactions = {};
  readonly name: string;
  private readonly watch: CallWatch;
  private link: Connection | null = null;

  constructor(name: string, watch: CallWatch) {
    this.name = name;
    this.watch = watch;
  }

  get connection(): Connection {
    check(this.link !== null, "a handler was called before its connection was there");
    return this.link;
  }

  bind(connection: Connection): this {
    this.link = connection;
    return this;
  }

  get isOpened(): boolean {
    return this.heardToTheEnd.includes("opened");
  }

  get isClosed(): boolean {
    return this.heard.includes("closed");
  }

  /** What was heard up to the first `closed`, and with it. */
  get heardToTheEnd(): readonly HeardKind[] {
    const end = this.heard.indexOf("closed");
    return end === -1 ? this.heard : this.heard.slice(0, end + 1);
  }

  count(kind: HeardKind): number {
    return this.heard.filter((heard) => heard === kind).length;
  }

  opened(info: ConnectionInfo): void {
    this.hear("opened", () => {
      this.info ??= info;
      this.reactions.opened?.();
    });
  }

  received(frame: Uint8Array): void {
    // What comes after closed is broken enough for the one case that looks for it.
    if (this.isClosed) return this.hear("received", () => undefined);
    this.hear("received", () => {
      this.frames.push(frame);
      this.copies.push(new Uint8Array(frame));
      this.receivedBytes += frame.length;
      this.reactions.received?.(frame);
    });
  }

  drained(): void {
    this.hear("drained", () => this.reactions.drained?.());
  }

  closed(reason: CoterieError): void {
    this.hear("closed", () => {
      this.reason ??= reason;
      this.reactions.closed?.();
    });
  }

  send(frame: Uint8Array): boolean {
    return this.watch.calling("send", () => this.connection.send(frame));
  }

  pause(): void {
    this.watch.calling("pause", () => this.connection.pause());
  }

  resume(): void {
    this.watch.calling("resume", () => this.connection.resume());
  }

  close(): void {
    this.watch.calling("close", () => this.connection.close());
  }

  abort(): void {
    this.watch.calling("abort", () => this.connection.abort());
  }

  private hear(kind: HeardKind, react: () => void): void {
    this.watch.handling(`${this.name} ${kind}`, () => {
      this.heard.push(kind);
      react();
    });
  }
}
