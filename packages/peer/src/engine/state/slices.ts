import type { Clock, MonotonicMs } from "@coterie/interface";

/** Cuts long work into pieces, between which the event loop runs. */
export class Slices {
  private readonly clock: Clock;
  private readonly sliceMaxMs: number;
  private readonly check: () => void;
  private begunMs: MonotonicMs;

  /** `check` throws if the work is not wanted any more. */
  constructor(clock: Clock, sliceMaxMs: number, check: () => void) {
    this.clock = clock;
    this.sliceMaxMs = sliceMaxMs;
    this.check = check;
    this.begunMs = clock.nowMs();
  }

  get isOver(): boolean {
    return this.clock.nowMs() - this.begunMs >= this.sliceMaxMs;
  }

  /** Lets the event loop turn, and begins the next slice. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.clock.nextTurn(resolve);
    });
    this.check();
    this.begunMs = this.clock.nowMs();
  }
}
