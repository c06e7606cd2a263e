import { WRITES_UNDER_WAY_MAX, WRITES_UNDER_WAY_MAX_BYTES } from "../limits.ts";

/**
 * The writes of all sessions of a peer that are on their way to the leader and back. They are so many that neither leader nor link
 * refuses any; the next ones wait at their connections, which take in no more when enough waits there.
 */
export class WritesUnderWay<Waiter> {
  private readonly countMax: number;
  private readonly maxBytes: number;
  private readonly mayProceed: (waiter: Waiter) => void;
  /** In the order in which they came. As long as there are any, who comes later is one of them. */
  private waiting = new Set<Waiter>();
  private count = 0;
  private bytes = 0;

  constructor(
    mayProceed: (waiter: Waiter) => void,
    countMax: number = WRITES_UNDER_WAY_MAX,
    maxBytes: number = WRITES_UNDER_WAY_MAX_BYTES,
  ) {
    this.mayProceed = mayProceed;
    this.countMax = countMax;
    this.maxBytes = maxBytes;
  }

  /** False: there is no room for the next one of `waiter`, who is told when there is. */
  hasRoomFor(waiter: Waiter): boolean {
    if (this.waiting.size === 0 && this.count < this.countMax && this.bytes < this.maxBytes) return true;
    this.waiting.add(waiter);
    return false;
  }

  add(sizeBytes: number): void {
    this.count += 1;
    this.bytes += sizeBytes;
  }

  /** It is answered, or never will be. Room is given away as soon as there is enough of it. */
  remove(sizeBytes: number): void {
    this.count -= 1;
    this.bytes -= sizeBytes;
    if (this.waiting.size === 0 || this.count > this.countMax / 2 || this.bytes > this.maxBytes / 2) return;
    const { waiting } = this;
    this.waiting = new Set();
    for (const waiter of waiting) this.mayProceed(waiter);
  }

  forget(waiter: Waiter): void {
    this.waiting.delete(waiter);
  }
}
