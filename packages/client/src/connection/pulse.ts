/**
 * When something has to happen on a connection, and until when the session surely lives. A ping leaves when nothing was sent
 * for a third of the timeout; a server that was not heard for two thirds is given up (client-protocol 2.2). The session
 * lives until its timeout has passed since the sending of the last request or ping that was answered: the server cannot have
 * received that earlier, so it cannot expire the session earlier either.
 *
 * Where the server keeps the session as long as the connection is open, nothing of that is needed while it is: in place of a
 * ping there is a look at it, so that there is a time at which the session surely lived when it is open no longer.
 */
export class Pulse {
  readonly isKept: boolean;
  /** What was granted; 0 before the first connection. */
  timeoutMs = 0;
  private sentMs = 0;
  private heardMs = 0;
  /** Null while no ping is under way. */
  private pingSentMs: number | null = null;
  private answeredMs = -Infinity;

  constructor(isKept: boolean) {
    this.isKept = isKept;
  }

  /** `requestSentMs`: when the session was asked for. */
  connected(timeoutMs: number, requestSentMs: number, nowMs: number): void {
    this.timeoutMs = timeoutMs;
    this.sentMs = requestSentMs;
    this.heardMs = nowMs;
    this.pingSentMs = null;
    this.answered(requestSentMs);
  }

  sent(nowMs: number): void {
    this.sentMs = nowMs;
  }

  heard(nowMs: number): void {
    this.heardMs = nowMs;
  }

  /** What was sent at `sentMs` is answered. */
  answered(sentMs: number): void {
    if (sentMs > this.answeredMs) this.answeredMs = sentMs;
  }

  pinged(nowMs: number): void {
    this.sentMs = nowMs;
    this.pingSentMs = nowMs;
  }

  /** False if there was no ping. */
  pingAnswered(): boolean {
    if (this.pingSentMs === null) return false;
    this.answered(this.pingSentMs);
    this.pingSentMs = null;
    return true;
  }

  /** When to ping, or to look. */
  pingAtMs(): number {
    if (this.isKept) return this.answeredMs + this.timeoutMs / 3;
    return this.pingSentMs === null ? this.sentMs + this.timeoutMs / 3 : Infinity;
  }

  cutAtMs(): number {
    return this.isKept ? Infinity : this.heardMs + (this.timeoutMs * 2) / 3;
  }

  lostAtMs(isOpen: boolean): number {
    return isOpen && this.isKept ? Infinity : this.answeredMs + this.timeoutMs;
  }
}
