import { assert, type Random, randomBelow } from "@coterie/interface";

/** How it is to send from one host to another. The way back is another line, with conditions of its own. */
export interface LineConditions {
  /**
   * Nothing passes. What is sent waits and connections stay open, as with a network that has come apart; when the line
   * is whole again, what waited arrives. A dial that needs the line comes to nothing.
   */
  readonly isCut: boolean;
  /** How long each frame is under way, at least. Needs a clock. */
  readonly delayMs: number;
  /** How much longer a frame may be under way, drawn for each; frames of one connection stay in order. Needs a clock. */
  readonly jitterMs: number;
  /** How many bytes pass in a second, all connections together. Infinity: no limit. Otherwise it needs a clock. */
  readonly bytesPerSecond: number;
}

export const LINE_WHOLE: LineConditions = Object.freeze({
  isCut: false,
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
});

const DELAY_MAX_MS = 1_000_000;
/** Jitter is drawn in steps of a microsecond. */
const STEPS_PER_MS = 1000;

export class Line {
  conditions: LineConditions = LINE_WHOLE;
  private readonly random: Random;
  private freeAtMs = Number.NEGATIVE_INFINITY;

  constructor(random: Random) {
    this.random = random;
  }

  get takesTime(): boolean {
    return takesTime(this.conditions);
  }

  /** When `sizeBytes` that are sent now will be at the other end. */
  arrivalMs(nowMs: number, sizeBytes: number): number {
    const { delayMs, jitterMs, bytesPerSecond } = this.conditions;
    if (bytesPerSecond !== Number.POSITIVE_INFINITY) {
      this.freeAtMs = Math.max(this.freeAtMs, nowMs) + (sizeBytes * 1000) / bytesPerSecond;
    }
    const sentMs = Math.max(nowMs, this.freeAtMs);
    const steps = Math.floor(jitterMs * STEPS_PER_MS);
    return sentMs + delayMs + (steps === 0 ? 0 : randomBelow(this.random, steps + 1) / STEPS_PER_MS);
  }

  /** The conditions that are not named stay as they are. What is under way arrives as it would have. */
  change(conditions: Partial<LineConditions>, hasClock: boolean): void {
    const changed = { ...this.conditions, ...conditions };
    for (const ms of [changed.delayMs, changed.jitterMs]) {
      assert(ms >= 0 && ms <= DELAY_MAX_MS, "a delay is 0..1,000,000 ms");
    }
    assert(changed.bytesPerSecond > 0, "a line carries more than 0 bytes a second; isCut stops it");
    assert(hasClock || !takesTime(changed), "a line takes time only in a network that was given a clock");
    this.conditions = changed;
    if (changed.bytesPerSecond === Number.POSITIVE_INFINITY) this.freeAtMs = Number.NEGATIVE_INFINITY;
  }
}

function takesTime({ delayMs, jitterMs, bytesPerSecond }: LineConditions): boolean {
  return delayMs > 0 || jitterMs > 0 || bytesPerSecond !== Number.POSITIVE_INFINITY;
}
