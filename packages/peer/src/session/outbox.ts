import type { Clock, CoterieError } from "@coterie/interface";
import type { WatcherEvent } from "@coterie/protocol";
import type { ChannelHandler, ChannelReply, ChannelState } from "@coterie/session";
import type { Logger } from "../options.ts";

interface Settling {
  settle(reply: ChannelReply): void;
}

type Item =
  | { readonly kind: "reply"; readonly call: Settling; readonly reply: ChannelReply }
  | { readonly kind: "event"; readonly event: WatcherEvent; readonly zxid: number }
  | { readonly kind: "state"; readonly state: ChannelState; readonly reason: CoterieError | null };

/** What a session is to be told, in order, and never inside a call of its channel. */
export class Outbox {
  /** As it was told last. */
  state: ChannelState = "connecting";
  handler: ChannelHandler | null = null;
  private readonly clock: Clock;
  private readonly logger: Logger | null;
  private items: Item[] = [];
  private isDelivering = false;
  private isPlanned = false;

  constructor(clock: Clock, logger: Logger | null) {
    this.clock = clock;
    this.logger = logger;
  }

  /** Nothing is to be told, and nothing is being told. */
  get isEmpty(): boolean {
    return this.items.length === 0 && !this.isDelivering;
  }

  add(item: Item): void {
    this.items.push(item);
  }

  /** Tells it in a turn of its own, if nobody does it before. */
  deliverSoon(): void {
    if (this.isPlanned || this.items.length === 0) return;
    this.isPlanned = true;
    this.clock.nextTurn(() => {
      this.isPlanned = false;
      this.deliver();
    });
  }

  /** Tells it now, what is added meanwhile included. */
  deliver(): void {
    if (this.isDelivering) return;
    this.isDelivering = true;
    while (this.items.length > 0) {
      const { items } = this;
      this.items = [];
      for (const item of items) this.tell(item);
    }
    this.isDelivering = false;
  }

  /** A session's user must not stop the peer by throwing (TR-13). */
  private tell(item: Item): void {
    try {
      switch (item.kind) {
        case "reply":
          return item.call.settle(item.reply);
        case "event":
          return this.handler?.watchEvent(item.event, item.zxid);
        case "state":
          this.state = item.state;
          return this.handler?.stateChanged(item.state, item.reason);
      }
    } catch (error) {
      this.logger?.error({ error }, "a session's handler has thrown");
    }
  }
}
