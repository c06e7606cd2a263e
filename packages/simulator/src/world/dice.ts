import type { Random } from "@coterie/interface";

const UINT32_SPAN = 2 ** 32;

/**
 * Draws for one subsystem. Each draw takes exactly one number of the stream, so that a run is easy to follow; the bias
 * of that is far below what a simulation can notice.
 */
export class Dice {
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** A stream of its own; labels are hashed, so do it when things are set up. */
  fork(label: string): Dice {
    return new Dice(this.random.fork(label));
  }

  /** An integer in 0..limit-1. */
  below(limit: number): number {
    return Math.floor((this.random.uint32() * limit) / UINT32_SPAN);
  }

  /** An integer in low..high. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with a probability of 0..1. */
  chance(probability: number): boolean {
    return this.random.uint32() < probability * UINT32_SPAN;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** `count` of the items, in an order of its own; all of them if there are not more. */
  sample<Item>(items: readonly Item[], count: number): Item[] {
    const rest = [...items];
    const taken: Item[] = [];
    while (taken.length < count && rest.length > 0) taken.push(...rest.splice(this.below(rest.length), 1));
    return taken;
  }

  /** An integer in low..high, each power of two as likely as the next: what small and large limits are drawn with. */
  scale(low: number, high: number): number {
    const steps = Math.log2(high / low);
    const value = low * 2 ** ((this.random.uint32() / UINT32_SPAN) * steps);
    return Math.min(high, Math.max(low, Math.round(value)));
  }

  get stream(): Random {
    return this.random;
  }
}
