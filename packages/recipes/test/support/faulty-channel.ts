import type { SessionId } from "@coterie/interface";
import type { AuthRequest, RequestBody } from "@coterie/protocol";
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
  /** The requests that are on their way until `letGo`. */
  holdsBack: (body: RequestBody) => boolean = () => false;
  private readonly heldBack: ChannelCall[] = [];
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

  get heldBackCount(): number {
    return this.heldBack.length;
  }

  letGo(): void {
    this.holdsBack = () => false;
    for (const call of this.heldBack.splice(0)) this.submit(call);
  }

  submit(call: ChannelCall): void {
    if (this.holdsBack(call.body)) {
      this.heldBack.push(call);
      return;
    }
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
