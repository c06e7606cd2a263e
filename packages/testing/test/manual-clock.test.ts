import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createSeededRandom } from "@coterie/interface";
import { createPeer } from "@coterie/peer";
import { describe, expect, it } from "vitest";
import { HandClock } from "../src/clock/hand-clock.ts";
import { createManualClock } from "../src/index.ts";

describe("a manual clock", () => {
  it("runs timers in the order of their deadlines, then in that of setting, never early", async () => {
    const clock = createManualClock();
    const ran: [string, number][] = [];
    const set = (name: string, delayMs: number): void => {
      clock.setTimer(delayMs, () => ran.push([name, clock.nowMs()]));
    };
    set("late", 20);
    set("first of two", 10);
    set("second of two", 10);
    await clock.advance(9.5);
    expect(ran).toEqual([]);
    await clock.advance(100);
    expect(ran).toEqual([
      ["first of two", 10],
      ["second of two", 10],
      ["late", 20],
    ]);
    expect(clock.nowMs()).toBe(109.5);
  });

  it("runs a cancelled timer never, and a timer once", async () => {
    const clock = createManualClock();
    let runs = 0;
    const timer = clock.setTimer(5, () => runs++);
    clock.setTimer(1, () => timer.cancel());
    const once = clock.setTimer(2, () => (runs += 10));
    await clock.advance(50);
    once.cancel();
    await clock.advance(50);
    expect(runs).toBe(10);
  });

  it("runs turns by itself, behind the call and in the order of the calls, and lets promises settle between", async () => {
    const clock = createManualClock();
    const ran: string[] = [];
    clock.nextTurn(() => {
      ran.push("one");
      void afterPromises(100).then(() => ran.push("what one has led to"));
      clock.nextTurn(() => ran.push("three"));
    });
    clock.nextTurn(() => ran.push("two"));
    expect(ran).toEqual([]);
    await clock.settle();
    expect(ran).toEqual(["one", "what one has led to", "two", "three"]);
  });

  it("lets a timer's promises settle before the next one runs, also those that set another one", async () => {
    const clock = createManualClock();
    const ran: string[] = [];
    clock.setTimer(10, () => {
      void afterPromises(100).then(() => clock.setTimer(5, () => ran.push(`set at 10, at ${clock.nowMs()}`)));
    });
    clock.setTimer(20, () => ran.push(`set at 0, at ${clock.nowMs()}`));
    await clock.advance(30);
    expect(ran).toEqual(["set at 10, at 15", "set at 0, at 20"]);
  });

  it("takes calls of advance one after another, and settles behind them", async () => {
    const clock = createManualClock();
    const seen: number[] = [];
    clock.setTimer(1500, () => seen.push(clock.nowMs()));
    const first = clock.advance(1000).then(() => seen.push(clock.nowMs()));
    const second = clock.advance(1000).then(() => seen.push(clock.nowMs()));
    await clock.settle();
    expect(seen).toEqual([1000, 1500, 2000]);
    await Promise.all([first, second]);
  });

  it("stands still otherwise; what is due already needs no time", async () => {
    const clock = createManualClock({ wallTimeMs: 5000 });
    let ran = 0;
    clock.setTimer(1, () => ran++);
    clock.setTimer(0, () => (ran += 10));
    await clock.settle();
    expect([ran, clock.nowMs(), clock.wallTimeMs()]).toEqual([10, 0, 5000]);
    await clock.advance(1.5);
    expect([ran, clock.nowMs(), clock.wallTimeMs()]).toEqual([11, 1.5, 5001]);
  });

  it("gives up what goes on for ever while time stands still, and says so", async () => {
    const clock = new HandClock(0, 1000);
    let isOver = false;
    const again = (): void => {
      if (!isOver) clock.nextTurn(again);
    };
    again();
    const failure = {
      code: "SYSTEM_ERROR",
      message: expect.stringMatching(/goes on for ever.*stands still at 0 ms/) as unknown,
    };
    await expect(clock.settle()).rejects.toMatchObject(failure);
    isOver = true;
    await clock.settle();
  });

  it.each([[-1], [Number.NaN], [Infinity], ["10"], [undefined]])("does not advance by %s", async (ms) => {
    const refused = { code: "BAD_ARGUMENTS", message: expect.stringMatching(/advance takes milliseconds/) as unknown };
    await expect(createManualClock().advance(ms as number)).rejects.toMatchObject(refused);
  });

  it.each([[{ wallTime: 1 }], [{ wallTimeMs: 1.5 }], [7]])("refuses the options %o", (options) => {
    expect(() => createManualClock(options as object)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
  });

  it("drives a single peer that a test makes by itself", async () => {
    const clock = createManualClock();
    const storage = createMemoryLevelStorage({ clock });
    const peer = createPeer({ id: 1, ensemble: { 1: "a:1" }, storage, clock, random: createSeededRandom(1) });
    await peer.start();
    const session = await peer.openSession({ sessionTimeoutMs: 8000 });
    await session.create("/ttl", null, { mode: "ttl", ttlMs: 60_000 });
    await clock.advance(59_000);
    expect(await session.exists("/ttl")).not.toBeNull();
    await clock.advance(3000);
    expect(await session.exists("/ttl")).toBeNull();
    await peer.stop();
  });
});

async function afterPromises(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await Promise.resolve();
}
