import type { Clock, MonotonicMs, Timer, WallTimeMs } from "@coterie/interface";

/**
 * Node.js's own time. Its timers do not keep a process alive: what has to stay alive are the sockets. Turns do.
 */
export function createPlatformClock(): Clock {
  return new PlatformClock();
}

class PlatformClock implements Clock {
  nowMs(): MonotonicMs {
    return performance.now() as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return Date.now() as WallTimeMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return new PlatformTimer(this, this.nowMs() + delayMs, callback);
  }

  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }
}

class PlatformTimer implements Timer {
  private readonly clock: Clock;
  private readonly dueMs: number;
  private readonly callback: () => void;
  private handle: NodeJS.Timeout | null = null;

  constructor(clock: Clock, dueMs: number, callback: () => void) {
    this.clock = clock;
    this.dueMs = dueMs;
    this.callback = callback;
    this.wait();
  }

  cancel(): void {
    if (this.handle !== null) clearTimeout(this.handle);
    this.handle = null;
  }

  private wait(): void {
    const run = (): void => {
      // Node.js counts whole milliseconds and may be up to one early.
      if (this.clock.nowMs() < this.dueMs) return this.wait();
      this.handle = null;
      this.callback();
    };
    this.handle = setTimeout(run, Math.max(1, Math.ceil(this.dueMs - this.clock.nowMs()))).unref();
  }
}
