import { CoterieError, type MonotonicMs, shownOf, type Timer, type WallTimeMs } from "@coterie/interface";
import { Loop } from "./loop.ts";
import type { ManualClock } from "./manual-clock.ts";
import { Timers } from "./timers.ts";

const WALL_BEGIN_MS = Date.UTC(2000, 0, 1);
/** Turns and due timers at one moment of this clock: more is something that goes on for ever. Some seconds of real time. */
const TASKS_AT_ONCE_MAX = 1_000_000;
const ADVANCE_MAX_MS = 2 ** 53 - 1;

/** Something that somebody waits for; what is asked for later waits until it is over. */
interface Goal {
  /** How far the time may go at most, from when its turn comes. */
  readonly maxMs: number;
  endMs: number | null;
  /** Asked whenever nothing moves. */
  readonly isReached: () => boolean;
  /** False: the time is up. */
  readonly over: (isReached: boolean) => void;
  readonly failed: (error: CoterieError) => void;
}

/** The one behind `createManualClock`, which can also move the time until something has come about. */
export class HandClock implements ManualClock {
  private readonly wallBeginMs: number;
  private readonly tasksAtOnceMax: number;
  private readonly loop: Loop = new Loop(() => this.nextTask());
  private readonly timers = new Timers();
  private elapsedMs = 0;
  private readonly turns: (() => void)[] = [];
  private readonly goals: Goal[] = [];
  private tasksAtOnce = 0;

  constructor(wallBeginMs: number = WALL_BEGIN_MS, tasksAtOnceMax: number = TASKS_AT_ONCE_MAX) {
    this.wallBeginMs = wallBeginMs;
    this.tasksAtOnceMax = tasksAtOnceMax;
  }

  nowMs(): MonotonicMs {
    return this.elapsedMs as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return (this.wallBeginMs + Math.floor(this.elapsedMs)) as WallTimeMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = this.timers.set(this.elapsedMs + delayMs, callback);
    // What is due already needs no time to pass.
    if (this.timers.nextMs <= this.elapsedMs) this.loop.wake();
    return timer;
  }

  nextTurn(callback: () => void): void {
    this.turns.push(callback);
    this.loop.wake();
  }

  async advance(ms: number): Promise<void> {
    if (typeof ms !== "number" || !(ms >= 0 && ms <= ADVANCE_MAX_MS)) {
      const text = `advance takes milliseconds, 0 or more, and was given ${shownOf(ms)}: time does not go back`;
      throw new CoterieError("BAD_ARGUMENTS", text);
    }
    await this.pass(ms, () => false);
  }

  async settle(): Promise<void> {
    await this.pass(0, () => true);
  }

  /** Lets time pass until `isReached`, which is asked whenever nothing moves, for `maxMs` at most. Gives whether it was reached. */
  advanceUntil(isReached: () => boolean, maxMs: number): Promise<boolean> {
    return this.pass(maxMs, isReached);
  }

  private pass(maxMs: number, isReached: () => boolean): Promise<boolean> {
    return new Promise((over, failed) => {
      this.goals.push({ maxMs, endMs: null, isReached, over, failed });
      this.loop.wake();
    });
  }

  private nextTask(): (() => void) | null {
    const task = this.turns.shift() ?? this.takeTimer(this.elapsedMs);
    if (task === null) return this.nextGoal();
    this.tasksAtOnce += 1;
    if (this.tasksAtOnce > this.tasksAtOnceMax) this.giveUp();
    return task;
  }

  /** Nothing moves. */
  private nextGoal(): (() => void) | null {
    this.tasksAtOnce = 0;
    const [goal] = this.goals;
    if (goal === undefined) return null;
    goal.endMs ??= this.elapsedMs + goal.maxMs;
    const isReached = goal.isReached();
    const task = isReached ? null : this.takeTimer(goal.endMs);
    if (task !== null) return task;
    if (!isReached) this.elapsedMs = goal.endMs;
    this.goals.shift();
    return () => goal.over(isReached);
  }

  /** The next one, if it is due by then; that is what the time is from here on. */
  private takeTimer(byMs: number): (() => void) | null {
    const { nextMs } = this.timers;
    if (nextMs > byMs) return null;
    this.elapsedMs = Math.max(this.elapsedMs, nextMs);
    return this.timers.take();
  }

  private giveUp(): void {
    this.tasksAtOnce = 0;
    const text =
      `something goes on for ever while time stands still at ${this.elapsedMs} ms: ` +
      "a loop that asks again without waiting, say, or one that waits by another clock than this one";
    this.goals.shift()?.failed(new CoterieError("SYSTEM_ERROR", text));
  }
}
