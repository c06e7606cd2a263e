import type { ProbeAnswer } from "@coterie/protocol";

/** Until the first probe of a connection. */
const FIRST_MS = 250;
/** Whatever a server says: no more often, and no less patient than so. */
const INTERVAL_MIN_MS = 50;
const WITHIN_MIN_MS = 100;
/** How many times longer than a server says it is waited for at most. */
const PATIENCE_MAX = 16;
/** A connection that has held for as long shows that the patience of now is enough. */
const PATIENCE_KEPT_MS = 60_000;

/**
 * Whether a peer of Coterie's is still there: it is asked, as often as it says itself, and answers at once. A process that is stopped or
 * a machine that has vanished leaves a connection that looks well, which ordinary pings notice after two thirds of the session's
 * timeout. Who was given up and was only slow is waited for twice as long on the next connections, so that an ensemble that has too much
 * to do is not asked by all its clients to take them up anew.
 */
export class Probe {
  private nextMs = Infinity;
  private sentMs: number | null = null;
  /** Null until the server has said so. */
  private withinMs: number | null = null;
  private patience = 1;

  /** `isUnderstood`: this server answers probes. */
  connected(isUnderstood: boolean, nowMs: number): void {
    this.nextMs = isUnderstood ? nowMs + FIRST_MS : Infinity;
    this.sentMs = null;
    this.withinMs = null;
  }

  /** The server was given up because it did not answer. */
  unanswered(lastedMs: number): void {
    if (lastedMs >= PATIENCE_KEPT_MS) this.patience = 1;
    this.patience = Math.min(this.patience * 2, PATIENCE_MAX);
  }

  sent(nowMs: number): void {
    this.sentMs = nowMs;
  }

  /** False if nothing was asked. */
  answered({ nextMs, withinMs }: ProbeAnswer, nowMs: number): boolean {
    if (this.sentMs === null) return false;
    this.sentMs = null;
    this.nextMs = nowMs + Math.max(nextMs, INTERVAL_MIN_MS);
    this.withinMs = Math.max(withinMs, WITHIN_MIN_MS);
    return true;
  }

  /** When to ask. */
  askAtMs(): number {
    return this.sentMs === null ? this.nextMs : Infinity;
  }

  /** When a server that was heard last at `heardMs` is to be given up. */
  silentAtMs(heardMs: number): number {
    if (this.sentMs === null || this.withinMs === null) return Infinity;
    return Math.max(this.sentMs, heardMs) + this.withinMs * this.patience;
  }
}
