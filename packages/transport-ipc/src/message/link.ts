import { attachChannel, type Channel, type MessageCarrier } from "./channel.ts";
import { MessageStream } from "./message-stream.ts";
import { unwrap, type WireMessage, wrap } from "./wire.ts";

/** What a link asks of the transport that it belongs to. */
export interface LinkOwner {
  /** A number for a connection that no other had. */
  nextId(): number;
  /** The other end dials `name`. One of the two answers is called before this returns. */
  dialled(name: string, answer: DialAnswer): void;
  /** The other end has been heard for the first time, or the link has been lost. */
  changed(link: Link): void;
}

export interface DialAnswer {
  /** The stream to the other end, which has been told. */
  open(): MessageStream;
  refuse(): void;
}

/** What becomes of a dial through a link: a stream, or null. Called once at most. */
export type DialSettled = (stream: MessageStream | null) => void;

/** Two transports that are joined by a channel: the connections of both directions share it. */
export class Link {
  private readonly owner: LinkOwner;
  private readonly channel: Channel;
  private readonly streams = new Map<number, MessageStream>();
  private readonly dials = new Map<number, DialSettled>();
  private readonly isHolding: boolean;
  private isHeard = false;
  private isText = false;
  private loss: string | null = null;

  /** `isHolding`: whether the channel keeps the thread alive only while a connection uses it. */
  constructor(carrier: MessageCarrier, owner: LinkOwner, isHolding: boolean) {
    this.owner = owner;
    this.isHolding = isHolding;
    this.channel = attachChannel(carrier, {
      received: (message) => this.receive(unwrap(message)),
      lost: (how, cause) => this.lose(how, cause),
    });
    this.hold();
    this.greet(false);
  }

  /** How the link was lost; null while it is there. */
  get lostHow(): string | null {
    return this.loss;
  }

  /** Whether there is a transport at the other end. */
  get isJoined(): boolean {
    return this.isHeard;
  }

  /** Begins to dial; calling the result gives it up. */
  dial(name: string, settled: DialSettled): () => void {
    const id = this.owner.nextId();
    this.dials.set(id, settled);
    this.hold();
    this.post({ kind: "open", from: id, name });
    return () => {
      this.dials.delete(id);
      this.hold();
    };
  }

  leave(): void {
    this.post({ kind: "left" });
    this.lose("this end has left the channel");
    this.channel.detach(true);
  }

  private greet(isAnswer: boolean): void {
    this.post({ kind: "hello", isAnswer, probe: Uint8Array.of(1) });
  }

  private post(message: WireMessage): void {
    if (this.loss !== null) return;
    try {
      if (message.kind !== "data") this.channel.post(wrap(message), []);
      else this.postData(message.to, message.bytes as Uint8Array);
    } catch (error) {
      this.lose("a message could not be sent", error);
    }
  }

  private postData(to: number, bytes: Uint8Array): void {
    const sent = this.isText ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64") : bytes;
    this.channel.post(
      wrap({ kind: "data", to, bytes: sent }),
      this.channel.canTransfer ? [bytes.buffer as ArrayBuffer] : [],
    );
  }

  private receive(message: WireMessage | null): void {
    if (message === null || this.loss !== null) return;
    switch (message.kind) {
      case "hello":
        this.isText = !(message.probe instanceof Uint8Array);
        // Whoever greets a second time has been joined anew and knows nothing of earlier connections.
        if (!message.isAnswer && this.isHeard) this.dropAll();
        if (!message.isAnswer) this.greet(true);
        this.isHeard = true;
        return this.owner.changed(this);
      case "left":
        this.isHeard = false;
        return this.dropAll();
      case "open":
        return this.dialled(message.from, message.name);
      case "opened":
        return this.opened(message.to, message.from);
      case "refused":
        return this.settle(message.to, null);
      case "data":
        return this.streams.get(message.to)?.takeIn(bytesOf(message.bytes));
      case "read":
        return this.streams.get(message.to)?.allow(message.sizeBytes);
      case "end":
        return this.streams.get(message.to)?.finish();
      case "gone":
        this.streams.get(message.to)?.destroy();
        return;
    }
  }

  private dialled(remoteId: number, name: string): void {
    this.owner.dialled(name, {
      open: () => {
        const id = this.owner.nextId();
        this.post({ kind: "opened", to: remoteId, from: id });
        return this.addStream(id, remoteId);
      },
      refuse: () => this.post({ kind: "refused", to: remoteId }),
    });
  }

  private opened(id: number, remoteId: number): void {
    // The dial may have been given up meanwhile.
    if (this.dials.has(id)) this.settle(id, this.addStream(id, remoteId));
    else this.post({ kind: "gone", to: remoteId });
  }

  private settle(id: number, stream: MessageStream | null): void {
    const settled = this.dials.get(id);
    this.dials.delete(id);
    this.hold();
    settled?.(stream);
  }

  private addStream(id: number, remoteId: number): MessageStream {
    const stream = new MessageStream(remoteId, {
      post: (message) => this.post(message),
      removed: () => {
        this.streams.delete(id);
        this.hold();
      },
    });
    this.streams.set(id, stream);
    this.hold();
    return stream;
  }

  private lose(how: string, cause?: unknown): void {
    if (this.loss !== null) return;
    this.loss = how;
    this.channel.detach(false);
    this.dropAll(cause instanceof Error ? cause : new Error(how, { cause }));
    this.isHeard = false;
    this.owner.changed(this);
  }

  /** `error`: what the streams break of, if there is more to say than that they have ended. */
  private dropAll(error?: Error): void {
    for (const stream of this.streams.values()) stream.destroy(error);
    for (const id of this.dials.keys()) this.settle(id, null);
  }

  private hold(): void {
    if (this.isHolding) this.channel.hold(this.streams.size > 0 || this.dials.size > 0);
  }
}

function bytesOf(bytes: Uint8Array | string): Uint8Array {
  if (typeof bytes === "string") return Buffer.from(bytes, "base64");
  return bytes;
}
