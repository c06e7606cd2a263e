import type { Clock, MonotonicMs, Timer, WallTimeMs } from "@coterie/interface";

export interface WorldTime {
  readonly nowUs: number;
  at(atUs: number, callback: () => void): void;
}

/** The time of the world itself: of its network, and of what strikes it. */
export class WorldClock implements Clock {
  private readonly world: WorldTime;

  constructor(world: WorldTime) {
    this.world = world;
  }

  nowMs(): MonotonicMs {
    return (this.world.nowUs / 1000) as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return Math.floor(this.world.nowUs / 1000) as WallTimeMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let isWaiting = true;
    // A whole microsecond more, so that a timer never runs early by what is left of a fraction.
    this.world.at(this.world.nowUs + Math.ceil(delayMs * 1000), () => {
      if (!isWaiting) return;
      isWaiting = false;
      callback();
    });
    return {
      cancel: () => {
        isWaiting = false;
      },
    };
  }

  nextTurn(callback: () => void): void {
    this.world.at(this.world.nowUs, callback);
  }
}
