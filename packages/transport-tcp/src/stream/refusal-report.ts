import type { Clock, CoterieError, ListenHandler } from "@coterie/interface";

/** Refusals that are told at once after a quiet time, and then for each second. The others are only counted. */
const REPORTS_AT_ONCE_MAX = 100;
const REPORTS_PER_SECOND_MAX = 10;

/**
 * Tells the user of a listener whom it has turned away, but not more often than a log can bear: who knocks a thousand
 * times a second must not fill a disk.
 */
export class RefusalReport {
  private readonly clock: Clock;
  private readonly handler: ListenHandler;
  private allowance = REPORTS_AT_ONCE_MAX;
  private countedMs: number;

  constructor(clock: Clock, handler: ListenHandler) {
    this.clock = clock;
    this.handler = handler;
    this.countedMs = clock.nowMs();
  }

  add(reason: CoterieError, remoteAddress: string): void {
    const nowMs = this.clock.nowMs();
    const earned = ((nowMs - this.countedMs) / 1000) * REPORTS_PER_SECOND_MAX;
    this.allowance = Math.min(REPORTS_AT_ONCE_MAX, this.allowance + earned);
    this.countedMs = nowMs;
    if (this.allowance < 1) return;
    this.allowance--;
    this.clock.nextTurn(() => this.handler.refused(reason, remoteAddress));
  }
}
