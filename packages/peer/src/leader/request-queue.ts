import type { SessionId } from "@coterie/interface";
import type { PeerId } from "@coterie/interface";
import type { PeerRequest } from "../request/peer-request.ts";

/** What the leader asks of itself. */
export type LeaderRequest =
  | { readonly kind: "expire"; readonly sessionId: SessionId }
  | { readonly kind: "reap"; readonly path: string };

export interface QueuedRequest {
  /** The peer that serves the session. */
  readonly from: PeerId;
  readonly request: PeerRequest | LeaderRequest;
}

/** From how many taken requests on the rest is moved to the front. */
const TAKEN_KEPT_MAX = 1024;

/** First in, first out. Its bound is its user's. */
export class RequestQueue {
  private items: QueuedRequest[] = [];
  private taken = 0;

  get length(): number {
    return this.items.length - this.taken;
  }

  push(item: QueuedRequest): void {
    this.items.push(item);
  }

  shift(): QueuedRequest | undefined {
    const item = this.items[this.taken];
    if (item === undefined) return undefined;
    this.taken += 1;
    if (this.taken === this.items.length) {
      this.items = [];
      this.taken = 0;
    } else if (this.taken >= TAKEN_KEPT_MAX && this.taken * 2 >= this.items.length) {
      this.items = this.items.slice(this.taken);
      this.taken = 0;
    }
    return item;
  }
}
