import type { Clock, MonotonicMs, WallTimeMs } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { createPlatformClock, Elapsed } from "../src/index.ts";

class TwoClocks implements Clock {
  monotonicMs = 100;
  wallMs = 1_000_000;

  nowMs(): MonotonicMs {
    return this.monotonicMs as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return this.wallMs as WallTimeMs;
  }

  setTimer(): never {
    throw new Error("nobody waits here");
  }

  nextTurn(): never {
    throw new Error("nobody waits here");
  }
}

describe("the time that has passed", () => {
  it("is the monotonic clock's, whatever small steps the wall clock makes, and those back", () => {
    const clock = new TwoClocks();
    const elapsed = new Elapsed(clock);
    clock.monotonicMs += 5_000;
    for (const stepMs of [0, 999, -5_000, 999, -100_000]) {
      clock.wallMs += stepMs;
      expect(elapsed.nowMs()).toBe(5_100);
    }
  });

  it("has the suspends that the monotonic clock has not counted", () => {
    const clock = new TwoClocks();
    const elapsed = new Elapsed(clock);
    clock.wallMs += 60_000;
    expect(elapsed.nowMs()).toBe(60_100);
    clock.monotonicMs += 50;
    clock.wallMs += 50;
    expect(elapsed.nowMs()).toBe(60_150);
    clock.wallMs += 1_000;
    expect(elapsed.nowMs()).toBe(61_150);
  });

  it("goes with Node.js's clock", () => {
    const clock = createPlatformClock();
    const elapsed = new Elapsed(clock);
    const beforeMs = clock.nowMs();
    expect(elapsed.nowMs()).toBeGreaterThanOrEqual(beforeMs);
  });
});
