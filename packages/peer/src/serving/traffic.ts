/** How long requests took, in milliseconds. */
export interface Latency {
  readonly minMs: number;
  readonly averageMs: number;
  readonly maxMs: number;
}

/** What has gone to and fro, on one connection or on all of a peer. Numbers in fields: it is touched by every request. */
export class Traffic {
  /** Requests, pings and connects. */
  receivedCount = 0;
  /** Replies and events. */
  sentCount = 0;
  /** Requests without a reply. */
  outstandingCount = 0;
  private minMs = 0;
  private maxMs = 0;
  private totalMs = 0;
  private count = 0;

  get latency(): Latency {
    const averageMs = this.count === 0 ? 0 : this.totalMs / this.count;
    return { minMs: this.minMs, averageMs, maxMs: this.maxMs };
  }

  answered(latencyMs: number): void {
    this.minMs = this.count === 0 ? latencyMs : Math.min(this.minMs, latencyMs);
    this.maxMs = Math.max(this.maxMs, latencyMs);
    this.totalMs += latencyMs;
    this.count += 1;
  }

  /** crst and srst: all but what is outstanding. */
  reset(): void {
    this.receivedCount = 0;
    this.sentCount = 0;
    this.minMs = 0;
    this.maxMs = 0;
    this.totalMs = 0;
    this.count = 0;
  }
}

/** What `cons` tells of the last reply on a connection. */
export interface LastReply {
  /** A request body's kind, "connect", or "none". */
  operation: string;
  tag: number;
  zxid: number;
  /** On the peer's monotonic clock. */
  atMs: number;
  latencyMs: number;
}
