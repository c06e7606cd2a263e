import type { Clock, Timer } from "@coterie/interface";

/** Pings in each session timeout: two may be lost. */
const PINGS_PER_TIMEOUT = 3;

export interface PulseHost {
  /** Suspends of the machine included. */
  elapsedMs(): number;
  /** Asks for a look at `takePing` in a turn soon. */
  pingDue(): void;
  /** Asks for a look at `isOver`, behind what has arrived. */
  endDue(): void;
}

/**
 * When a session in the process pings, and until when it surely lives: its timeout from when the last ping was handed in that
 * the leader is known to have heard of. The leader cannot have heard it earlier, so it cannot expire the session earlier.
 */
export class Pulse {
  private readonly clock: Clock;
  private readonly host: PulseHost;
  private timeoutMs = Infinity;
  private provenMs = 0;
  /** Null while no ping is under way. */
  private pingedMs: number | null = null;
  private isDue = false;
  private pingTimer: Timer | null = null;
  private endTimer: Timer | null = null;

  constructor(clock: Clock, host: PulseHost) {
    this.clock = clock;
    this.host = host;
  }

  /** The session is there; `askedMs`: when it was asked for. */
  begin(timeoutMs: number, askedMs: number): void {
    this.timeoutMs = timeoutMs;
    this.provenMs = askedMs;
    this.pingedMs = null;
    this.pingLater();
    this.endLater();
  }

  /** The connection is gone, and the session may be. */
  pause(): void {
    this.pingTimer?.cancel();
    this.isDue = false;
    this.pingedMs = null;
  }

  stop(): void {
    this.pause();
    this.endTimer?.cancel();
  }

  /** Whether the session may have expired at `nowMs`. */
  isOver(nowMs: number): boolean {
    return nowMs >= this.provenMs + this.timeoutMs;
  }

  /** True: a ping is handed in now. */
  takePing(nowMs: number): boolean {
    if (!this.isDue || this.pingedMs !== null) return false;
    this.isDue = false;
    this.pingedMs = nowMs;
    return true;
  }

  /** Not `isProven`: there is no leader. The next ping is due as soon as there is one. */
  answered(isProven: boolean): void {
    if (isProven && this.pingedMs !== null) this.provenMs = this.pingedMs;
    this.isDue ||= !isProven;
    this.pingedMs = null;
  }

  private pingLater(): void {
    this.pingTimer?.cancel();
    this.pingTimer = this.clock.setTimer(this.timeoutMs / PINGS_PER_TIMEOUT, () => {
      this.isDue = true;
      this.host.pingDue();
      this.pingLater();
    });
  }

  private endLater(): void {
    this.endTimer?.cancel();
    const leftMs = Math.max(0, this.provenMs + this.timeoutMs - this.host.elapsedMs());
    this.endTimer = this.clock.setTimer(leftMs, () => {
      // After a stall of the event loop the answer may have been here for long: it is read first (SE-07).
      if (this.isOver(this.host.elapsedMs())) this.clock.nextTurn(() => this.host.endDue());
      else this.endLater();
    });
  }
}
