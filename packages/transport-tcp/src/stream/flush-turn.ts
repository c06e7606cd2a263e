import type { Clock } from "@coterie/interface";

/** Who has something to write. */
export interface Flushable {
  /** Does not throw. */
  flush(): void;
}

/**
 * Lets all connections of a transport write in one callback of the next turn, in the order in which they have asked: for a thousand
 * that hear the same event, a callback each costs as much as a good part of the write.
 */
export class FlushTurn {
  private readonly clock: Clock;
  private waiting: Flushable[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Once for each `flush`. */
  add(connection: Flushable): void {
    this.waiting.push(connection);
    if (this.waiting.length > 1) return;
    this.clock.nextTurn(() => {
      const { waiting } = this;
      this.waiting = [];
      for (const each of waiting) each.flush();
    });
  }
}
