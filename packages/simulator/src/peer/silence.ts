import type { SessionId } from "@coterie/interface";

/** Gaps between two ticks that are longer than this many show that the event loop stood still. */
const STALL_TICKS = 3;

interface Heard {
  readonly atMs: number;
  readonly excusedMs: number;
}

/**
 * How long a leader has heard nothing of each session: a second account beside the session tracker's, which the invariant
 * never-expires-early compares. It begins with the leadership.
 */
export class Silence {
  private readonly heard = new Map<SessionId, Heard>();
  private readonly begunMs: number;
  private readonly tickMs: number;
  private lastTickMs: number;
  /** All time in which nobody could be heard (R8). */
  private excusedMs = 0;

  constructor(nowMs: number, tickMs: number) {
    this.begunMs = nowMs;
    this.lastTickMs = nowMs;
    this.tickMs = tickMs;
  }

  tick(nowMs: number): void {
    const gapMs = nowMs - this.lastTickMs;
    this.lastTickMs = nowMs;
    if (gapMs > STALL_TICKS * this.tickMs) this.excusedMs += gapMs;
  }

  hear(id: SessionId, nowMs: number): void {
    this.heard.set(id, { atMs: nowMs, excusedMs: this.excusedMs });
  }

  /** Call it behind `tick`. */
  of(id: SessionId, nowMs: number): number {
    const { atMs, excusedMs } = this.heard.get(id) ?? { atMs: this.begunMs, excusedMs: 0 };
    return nowMs - atMs - (this.excusedMs - excusedMs);
  }
}
