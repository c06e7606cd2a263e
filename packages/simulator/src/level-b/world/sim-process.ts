import type { Clock, MonotonicMs, Timer, WallTimeMs } from "@coterie/interface";
import type { Dice } from "../../world/dice.ts";

export interface ProcessWorld {
  readonly nowUs: number;
  at(atUs: number, callback: () => void): void;
  fail(error: unknown, where?: string): void;
}

/** The wall clock of the world begins here. */
const WALL_BEGIN_MS = 1_700_000_000_000;

/**
 * One process: an event loop, with what a Clock promises. What runs in it can be held back, as by a loop that stands still or a
 * machine that is busy; behind that timers come first, then what has come in, then turns, as in Node.js. One that is killed
 * never runs anything again.
 */
export class SimProcess implements Clock {
  readonly name: string;
  isDead = false;
  /** Of the wall clock beside that of the world; may be changed at any time. */
  wallSkewMs = 0;
  private readonly world: ProcessWorld;
  private readonly dice: Dice;
  private readonly turnMaxUs: number;
  private lastTurnUs = 0;
  private stalledUntilUs = 0;
  private isHeld = false;
  private timers: (() => void)[] = [];
  private inputs: (() => void)[] = [];
  private turns: (() => void)[] = [];

  constructor(world: ProcessWorld, name: string, dice: Dice, turnMaxUs: number) {
    this.world = world;
    this.name = name;
    this.dice = dice;
    this.turnMaxUs = turnMaxUs;
  }

  get isStalled(): boolean {
    return this.isHeld;
  }

  nowMs(): MonotonicMs {
    return (this.world.nowUs / 1000) as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return Math.floor(WALL_BEGIN_MS + this.world.nowUs / 1000 + this.wallSkewMs) as WallTimeMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let isWaiting = true;
    const run = (): void => {
      if (!isWaiting) return;
      isWaiting = false;
      callback();
    };
    this.world.at(this.world.nowUs + Math.ceil(delayMs * 1000), () => {
      if (isWaiting) this.admit(this.timers, run);
    });
    return {
      cancel: () => {
        isWaiting = false;
      },
    };
  }

  nextTurn(callback: () => void): void {
    this.lastTurnUs = Math.max(this.lastTurnUs, this.world.nowUs + 1 + this.dice.below(this.turnMaxUs));
    this.world.at(this.lastTurnUs, () => this.admit(this.turns, callback));
  }

  /** Something comes in from outside, a frame or an answer of the disk: now, or as soon as the loop turns. */
  input(callback: () => void): void {
    this.admit(this.inputs, callback);
  }

  /** Resolves after a time, in this process. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimer(delayMs, resolve);
    });
  }

  /** The event loop stands still for so long. */
  stall(durationUs: number): void {
    if (this.isDead) return;
    this.stalledUntilUs = Math.max(this.stalledUntilUs, this.world.nowUs + durationUs);
    if (this.isHeld) return;
    this.isHeld = true;
    this.world.at(this.stalledUntilUs, () => this.release());
  }

  kill(): void {
    this.isDead = true;
    this.timers = [];
    this.inputs = [];
    this.turns = [];
  }

  private admit(held: (() => void)[], callback: () => void): void {
    if (this.isDead) return;
    if (this.isHeld) held.push(callback);
    else callback();
  }

  /** One at a time, each in an event of its own. */
  private release(): void {
    if (this.isDead || !this.isHeld) return;
    if (this.world.nowUs < this.stalledUntilUs) {
      this.world.at(this.stalledUntilUs, () => this.release());
      return;
    }
    const next = this.timers.shift() ?? this.inputs.shift() ?? this.turns.shift();
    if (next === undefined) {
      this.isHeld = false;
      return;
    }
    this.world.at(this.world.nowUs, () => this.release());
    next();
  }
}
