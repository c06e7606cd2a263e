import type { Clock, Timer } from "@coterie/interface";
import { TOUCHES_PER_TIMEOUT } from "./port-options.ts";

/** When a port has to touch the sessions that it keeps: often enough for the one with the smallest timeout, all at once. */
export class SessionKeeper {
  private readonly clock: Clock;
  private readonly isDue: () => void;
  private timer: Timer | null = null;
  private timeoutMs = Infinity;

  constructor(clock: Clock, isDue: () => void) {
    this.clock = clock;
    this.isDue = isDue;
  }

  /** There is a session with this timeout, touched just now. */
  add(timeoutMs: number): void {
    if (timeoutMs < this.timeoutMs) this.start(timeoutMs);
  }

  /** All were touched; `timeoutMs` is the smallest, Infinity if there is none. */
  touched(timeoutMs: number): void {
    this.start(timeoutMs);
  }

  stop(): void {
    this.start(Infinity);
  }

  private start(timeoutMs: number): void {
    this.timer?.cancel();
    this.timer = null;
    this.timeoutMs = timeoutMs;
    if (timeoutMs === Infinity) return;
    this.timer = this.clock.setTimer(timeoutMs / TOUCHES_PER_TIMEOUT, () => this.isDue());
  }
}
