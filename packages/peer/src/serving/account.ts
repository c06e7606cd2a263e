import { LastReply, Traffic } from "./traffic.ts";

/** From how many answered requests on the rest is moved to the front. */
const ANSWERED_KEPT_MAX = 1_024;

/** What has gone to and fro on one connection, in its own figures and in its peer's, and how much of it is not answered yet. */
export class Account {
  readonly traffic: Traffic = new Traffic();
  readonly lastReply: LastReply = new LastReply();
  /** Of the requests that are not answered. */
  outstandingBytes = 0;
  private readonly ofPeer: Traffic;
  /** Of the requests in their order, which is that of the answers. */
  private sizes: number[] = [];
  private answeredCount = 0;

  constructor(ofPeer: Traffic) {
    this.ofPeer = ofPeer;
  }

  /** Null for a ping, which has no size, and an answer in an order of its own. */
  received(sizeBytes: number | null): void {
    this.traffic.received();
    this.ofPeer.received();
    if (sizeBytes === null) return;
    this.outstandingBytes += sizeBytes;
    this.sizes.push(sizeBytes);
  }

  notified(): void {
    this.traffic.sentCount += 1;
    this.ofPeer.sentCount += 1;
  }

  /** The oldest request that was not, or a ping. */
  answered(operation: string, tag: number, zxid: number, askedAtMs: number, nowMs: number): void {
    this.traffic.outstandingCount -= 1;
    this.ofPeer.outstandingCount -= 1;
    if (operation !== "ping") this.release();
    this.replied(operation, tag, zxid, askedAtMs, nowMs);
  }

  /** Asked and answered in one. */
  readNow(operation: string, zxid: number, nowMs: number): void {
    this.traffic.receivedCount += 1;
    this.ofPeer.receivedCount += 1;
    this.replied(operation, -1, zxid, nowMs, nowMs);
  }

  replied(operation: string, tag: number, zxid: number, askedAtMs: number, nowMs: number): void {
    const latencyMs = Math.max(0, nowMs - askedAtMs);
    this.traffic.answered(latencyMs);
    this.ofPeer.answered(latencyMs);
    this.lastReply.note(operation, tag, zxid, nowMs, latencyMs);
  }

  /** Nothing of what is outstanding will be answered. */
  ended(): void {
    this.ofPeer.outstandingCount -= this.traffic.outstandingCount;
    this.traffic.outstandingCount = 0;
    this.outstandingBytes = 0;
    this.sizes = [];
    this.answeredCount = 0;
  }

  private release(): void {
    const { sizes } = this;
    this.outstandingBytes -= sizes[this.answeredCount++]!;
    if (this.answeredCount === sizes.length) {
      sizes.length = 0;
      this.answeredCount = 0;
    } else if (this.answeredCount >= ANSWERED_KEPT_MAX && this.answeredCount * 2 >= sizes.length) {
      this.sizes = sizes.slice(this.answeredCount);
      this.answeredCount = 0;
    }
  }
}
