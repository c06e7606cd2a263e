import {
  assert,
  type Connection,
  type ConnectionHandler,
  type ConnectionOptions,
  CoterieError,
  type ErrorCode,
  type Timer,
} from "@coterie/interface";
import { type Address, formatAddress } from "./address.ts";
import type { Agenda } from "./agenda.ts";
import type { Parcel, Pipe, Receiver } from "./pipe.ts";
import type { Schedule } from "./schedule.ts";

export interface EndLimits {
  /** How long a dial may wait for its answer. */
  readonly dialTimeoutMs: number;
  /** How long an end that is closing waits for the other one to take anything of what was sent. */
  readonly closeTimeoutMs: number;
}

/** What an end needs of the network around it. */
export interface EndContext {
  readonly agenda: Agenda;
  readonly schedule: Schedule;
  readonly limits: EndLimits;
  /** A call has arrived at `end`: connects it to a listener and answers, or does nothing and returns false. */
  admit(end: End): boolean;
  /** Nothing of `end` will be heard any more. */
  ended(end: End): void;
}

const FRAME_SIZE_MAX_BYTES = 2 ** 31 - 1;

/** One end of a connection. The two ends know of each other only what the pipes between them bring. */
export class End implements Connection, Receiver {
  readonly local: Address;
  readonly remote: Address;
  private readonly context: EndContext;
  private options: ConnectionOptions | null = null;
  private handler: ConnectionHandler | null = null;
  private outbound: Pipe | null = null;
  private inbound: Pipe | null = null;
  private state: "opening" | "open" | "closing" | "closed" = "opening";
  private isPaused = false;
  private isDrainDue = false;
  private isDrainAdded = false;
  private timer: Timer | null = null;

  constructor(context: EndContext, local: Address, remote: Address) {
    this.context = context;
    this.local = local;
    this.remote = remote;
  }

  connect(outbound: Pipe, inbound: Pipe): void {
    this.outbound = outbound;
    this.inbound = inbound;
  }

  /** Whose end this is. Before it is called, the end has no user, and nobody hears of it. */
  attach(handler: ConnectionHandler, options: ConnectionOptions): void {
    this.handler = handler;
    this.options = options;
  }

  get sendQueueBytes(): number {
    return this.outbound?.frameBytes ?? 0;
  }

  get isHolding(): boolean {
    return this.isPaused && this.state === "open";
  }

  /** Calls the other end. */
  call(): void {
    const { limits, schedule } = this.context;
    this.timer = schedule.setTimer(limits.dialTimeoutMs, () => this.fail("UNREACHABLE", "nobody answered in time"));
    this.outbound?.push({ kind: "call" });
  }

  /** The other end is there; it hears so before it hears anything else. */
  answer(): void {
    if (this.state !== "opening") return;
    this.outbound?.push({ kind: "answer" });
    this.open();
  }

  send(frame: Uint8Array): boolean {
    const { outbound, options } = this;
    assert(this.state !== "opening", "frames are sent after opened");
    assert(frame.length <= FRAME_SIZE_MAX_BYTES, "a frame has at most 2^31-1 bytes");
    if (this.state !== "open" || outbound === null || options === null) return false;
    outbound.push({ kind: "frame", bytes: frame });
    const isFull = outbound.frameBytes > options.sendQueueTargetBytes;
    this.isDrainDue ||= isFull;
    return !isFull;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.inbound?.wake();
  }

  close(): void {
    if (this.state === "opening") this.abort();
    if (this.state !== "open") return;
    this.state = "closing";
    this.outbound?.push({ kind: "end" });
    // What a paused end left waiting is not taken any more.
    this.inbound?.wake();
    this.endInTime();
  }

  private endInTime(): void {
    const { limits, schedule } = this.context;
    this.timer?.cancel();
    this.timer = schedule.setTimer(limits.closeTimeoutMs, () => {
      this.fail("CONNECTION_CLOSED", "the other end did not take in time what was sent before close");
    });
  }

  abort(): void {
    this.fail("CONNECTION_CLOSED");
  }

  /** Ends here and now; the other end will hear that the connection is closed. */
  fail(code: ErrorCode, how?: string): void {
    if (this.state === "closed") return;
    this.outbound?.drop();
    this.outbound?.push({ kind: "reset", code: "CONNECTION_CLOSED" });
    this.finish(code, how);
  }

  /** The process of this end is gone: its user hears nothing any more. */
  crash(): void {
    this.handler = null;
    this.abort();
  }

  /** From here on neither end hears the other, and neither is told. */
  goSilent(): void {
    this.outbound?.kill();
    this.inbound?.kill();
  }

  /** A line has changed. What leaves is woken, too: the end that it goes to may not have been called yet. */
  wake(): void {
    this.inbound?.wake();
    this.outbound?.wake();
  }

  take(parcel: Parcel): void {
    if (this.state === "closed") return;
    switch (parcel.kind) {
      case "call":
        if (!this.context.admit(this)) this.refuse();
        return;
      case "answer":
        return this.open();
      case "frame":
        return this.receive(parcel.bytes);
      case "end":
        // What this end had sent is not wanted any more; the answer tells the other one that it was heard.
        if (this.state === "open") {
          this.outbound?.drop();
          this.outbound?.push({ kind: "end" });
        }
        return this.finish("CONNECTION_CLOSED");
      case "reset":
        return this.finish(this.state === "opening" ? "UNREACHABLE" : parcel.code);
    }
  }

  private refuse(): void {
    this.outbound?.push({ kind: "reset", code: "UNREACHABLE" });
    this.finish("UNREACHABLE");
  }

  private open(): void {
    if (this.state !== "opening") return;
    this.state = "open";
    this.timer?.cancel();
    this.handler?.opened({
      localAddress: formatAddress(this.local),
      remoteAddress: formatAddress(this.remote),
      remoteIp: null,
      isLocal: true,
      identity: { kind: "none" },
      fourLetterWord: null,
    });
  }

  private receive(frame: Uint8Array): void {
    if (this.state !== "open" || this.options === null) return;
    if (frame.length <= this.options.frameSizeMaxBytes) this.handler?.received(frame);
    else this.fail("FRAME_TOO_LARGE", `a frame of ${frame.length} bytes came in`);
  }

  private finish(code: ErrorCode, how?: string): void {
    this.state = "closed";
    this.timer?.cancel();
    this.inbound?.wake();
    this.context.ended(this);
    const cause = how === undefined ? undefined : new Error(how);
    const reason = new CoterieError(code, undefined, { cause });
    // By then it may have got a handler, if it was aborted inside accept, or lost it in a crash.
    this.context.agenda.add(() => this.handler?.closed(reason));
  }

  /** Frames have left the queue of this end. */
  handedOver(): void {
    // An end that reads may take its time.
    if (this.state === "closing") this.endInTime();
    if (this.isDrainAdded || !this.isDrained) return;
    this.isDrainAdded = true;
    this.context.agenda.add(() => {
      this.isDrainAdded = false;
      // Others may have filled the queue again before this turn: then the next parcels that leave it ask again.
      if (!this.isDrained) return;
      this.isDrainDue = false;
      this.handler?.drained();
    });
  }

  private get isDrained(): boolean {
    if (!this.isDrainDue || this.state !== "open" || this.options === null) return false;
    return this.sendQueueBytes * 2 <= this.options.sendQueueTargetBytes;
  }
}
