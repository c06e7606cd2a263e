import type { MonotonicMs, WallTimeMs } from "@coterie/interface";
import { ManualClock } from "../../../interface/test/manual-clock.ts";

/** A manual clock whose time can also jump, with no timer run on the way, and whose wall clock can be set. */
export class StallingClock extends ManualClock {
  private stalledMs = 0;
  private wallAheadMs = 0;

  override nowMs(): MonotonicMs {
    return (super.nowMs() + this.stalledMs) as MonotonicMs;
  }

  override wallTimeMs(): WallTimeMs {
    return (super.wallTimeMs() + this.stalledMs + this.wallAheadMs) as WallTimeMs;
  }

  /** The event loop stands still for so long. */
  stall(ms: number): void {
    this.stalledMs += ms;
  }

  setWallAhead(ms: number): void {
    this.wallAheadMs = ms;
  }
}
