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

  /** A request. */
  received(): void {
    this.receivedCount += 1;
    this.outstandingCount += 1;
  }

  /** A reply, so long after its request. */
  answered(latencyMs: number): void {
    this.sentCount += 1;
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
export class LastReply {
  /** A request body's kind, "connect", or "none". */
  operation = "none";
  tag = -1;
  zxid = -1;
  /** On the peer's monotonic clock. */
  atMs = 0;
  latencyMs = 0;

  note(operation: string, tag: number, zxid: number, atMs: number, latencyMs: number): void {
    this.operation = operation;
    this.tag = tag;
    this.zxid = zxid;
    this.atMs = atMs;
    this.latencyMs = latencyMs;
  }
}
