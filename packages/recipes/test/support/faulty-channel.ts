import type { SessionId } from "@coterie/interface";
import type { AuthRequest } from "@coterie/protocol";
import type {
  ChannelCall,
  ChannelHandler,
  ChannelReply,
  ChannelState,
  SessionChannel,
  SessionSupports,
} from "@coterie/session";
import type { TreeChannel } from "../../../session/test/support/tree-channel.ts";

/** What goes wrong with one request: the connection before or behind it, or the session behind it. */
export const FAULTS = ["lost-before", "lost-after", "expired-before", "expired-after"] as const;
export type Fault = (typeof FAULTS)[number];

export interface Plan {
  /** The number of the request, from 1 on. */
  readonly at: number;
  readonly fault: Fault;
  /** Where a connection is lost: whether it comes back by itself. Default: "reconnected". */
  readonly afterwards?: "reconnected" | "suspended";
}

/** A channel with which one request goes wrong. */
export class FaultyChannel implements SessionChannel {
  requestCount = 0;
  plan: Plan | null = null;
  /** With the request of this number the connection is lost, until `reconnect`; null for never. */
  lostBehind: number | null = null;
  private readonly inner: TreeChannel;

  constructor(inner: TreeChannel) {
    this.inner = inner;
  }

  get supports(): SessionSupports {
    return this.inner.supports;
  }

  get sessionId(): SessionId {
    return this.inner.sessionId;
  }

  get timeoutMs(): number {
    return this.inner.timeoutMs;
  }

  get state(): ChannelState {
    return this.inner.state;
  }

  open(handler: ChannelHandler): void {
    this.inner.open(handler);
  }

  submit(call: ChannelCall): void {
    this.requestCount += 1;
    const { inner, plan } = this;
    if (this.requestCount === this.lostBehind) {
      inner.submit(call);
      inner.suspend();
      return;
    }
    if (plan === null || plan.at !== this.requestCount) return inner.submit(call);
    const isDone = plan.fault.endsWith("after");
    inner.submit({
      sent: () => call.sent?.(),
      body: isDone ? call.body : { kind: "exists", path: "/", watch: false },
      settle: () => {
        call.settle({ zxid: 0, code: "CONNECTION_LOSS", body: null });
        if (plan.fault.startsWith("expired")) return inner.expire();
        inner.suspend();
        if (plan.afterwards !== "suspended") queueMicrotask(() => inner.reconnect());
      },
    });
  }

  authenticate(request: AuthRequest, settle: (reply: ChannelReply) => void): void {
    this.inner.authenticate(request, settle);
  }

  staleMs(): number | null {
    return this.inner.staleMs();
  }

  suspend(): void {
    this.inner.suspend();
  }

  reconnect(): void {
    this.inner.reconnect();
  }

  expire(): void {
    this.inner.expire();
  }

  close(): void {
    this.inner.close();
  }

  detach(): void {
    this.inner.detach();
  }
}
