/** How soon to ping again, in parts of the timeout, when the answer was that nobody can tell whether the session lives. */
const RETRIES_PER_TIMEOUT = 10;

/**
 * When something has to happen on a connection, and until when the session surely lives. A ping leaves every third of the
 * timeout, whatever else is sent; a server that was not heard for two thirds is given up (client-protocol 2.2). The session lives
 * until its timeout has passed since the sending of the last ping that was answered, or of the connect request: a peer answers
 * it when its leader has heard of the session, which cannot have been earlier, so it cannot expire the session earlier either. Other
 * answers prove nothing: a server that is cut off from its leader reads on.
 *
 * Where the server keeps the session as long as the connection is open, nothing of that is needed while it is: in place of a
 * ping there is a look at it, so that there is a time at which the session surely lived when it is open no longer.
 */
export class Pulse {
  readonly isKept: boolean;
  /** What was granted; 0 before the first connection. */
  timeoutMs = 0;
  private nextPingMs = 0;
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
    this.nextPingMs = requestSentMs + timeoutMs / 3;
    this.heardMs = nowMs;
    this.pingSentMs = null;
    this.answered(requestSentMs);
  }

  heard(nowMs: number): void {
    this.heardMs = nowMs;
  }

  /** When the server was heard last. */
  get lastHeardMs(): number {
    return this.heardMs;
  }

  /** The session surely lived at `sentMs`. */
  answered(sentMs: number): void {
    if (sentMs > this.answeredMs) this.answeredMs = sentMs;
  }

  pinged(nowMs: number): void {
    this.nextPingMs = nowMs + this.timeoutMs / 3;
    this.pingSentMs = nowMs;
  }

  /** Not `isProven`: the server hears this end, but cannot tell whether the session lives. False if there was no ping. */
  pingAnswered(isProven: boolean, nowMs: number): boolean {
    if (this.pingSentMs === null) return false;
    if (isProven) this.answered(this.pingSentMs);
    else this.nextPingMs = nowMs + this.timeoutMs / RETRIES_PER_TIMEOUT;
    this.pingSentMs = null;
    return true;
  }

  /** When to ping, or to look. */
  pingAtMs(): number {
    if (this.isKept) return this.answeredMs + this.timeoutMs / 3;
    return this.pingSentMs === null ? this.nextPingMs : Infinity;
  }

  cutAtMs(): number {
    return this.isKept ? Infinity : this.heardMs + (this.timeoutMs * 2) / 3;
  }

  lostAtMs(isOpen: boolean): number {
    return isOpen && this.isKept ? Infinity : this.answeredMs + this.timeoutMs;
  }
}
