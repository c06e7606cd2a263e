import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.ts";

/** The rules of `Clock`, on the smallest implementation. */
describe("a clock", () => {
  it("runs timers in the order of their deadlines, then in that of setting, never early", () => {
    const clock = new ManualClock();
    const ran: [string, number][] = [];
    const set = (name: string, delayMs: number): void => {
      clock.setTimer(delayMs, () => ran.push([name, clock.nowMs()]));
    };
    set("late", 20);
    set("first of two", 10);
    set("second of two", 10);
    clock.advance(9.5);
    expect(ran).toEqual([]);
    clock.advance(100);
    expect(ran).toEqual([
      ["first of two", 10],
      ["second of two", 10],
      ["late", 20],
    ]);
    expect(clock.nowMs()).toBe(109.5);
    expect(clock.wallTimeMs()).toBe(109);
  });

  it("runs a cancelled timer never, and a timer once", () => {
    const clock = new ManualClock();
    let runs = 0;
    const timer = clock.setTimer(5, () => runs++);
    clock.setTimer(1, () => timer.cancel());
    const once = clock.setTimer(2, () => (runs += 10));
    clock.advance(50);
    once.cancel();
    clock.advance(50);
    expect(runs).toBe(10);
  });

  it("runs the next turn after the call, in the order of the calls", () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.nextTurn(() => {
      ran.push("one");
      clock.nextTurn(() => ran.push("three"));
    });
    clock.nextTurn(() => ran.push("two"));
    expect(ran).toEqual([]);
    clock.settle();
    expect(ran).toEqual(["one", "two", "three"]);
  });
});
