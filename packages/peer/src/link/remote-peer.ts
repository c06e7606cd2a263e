import type { Clock, PeerId, Random, Timer } from "@coterie/interface";
import { randomBelow } from "@coterie/interface";
import { LINK_STABLE_MS, REDIAL_MAX_MS, REDIAL_MIN_MS } from "../limits.ts";

export interface RemotePeerOptions {
  readonly id: PeerId;
  readonly address: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether a peer whose link was stable is dialled again at once when it is lost. */
  readonly redialsAtOnce: boolean;
  dial(remote: RemotePeer): void;
}

/** Another voter, as far as its links go: when it is dialled, and what was last wrong. */
export class RemotePeer {
  readonly id: PeerId;
  readonly address: string;
  lastError: string | null = null;
  /** What was last logged of dials, so that it is logged once for each time that it changes. */
  loggedError: string | null = null;
  private readonly options: RemotePeerOptions;
  /** The number of the link that is up; null if none is. */
  private link: number | null = null;
  private linkedAtMs = 0;
  private isDialling = false;
  /** Dials, and links that did not last, since the last one that did. */
  private failures = 0;
  private timer: Timer | null = null;

  constructor(options: RemotePeerOptions) {
    this.options = options;
    this.id = options.id;
    this.address = options.address;
  }

  get isLinked(): boolean {
    return this.link !== null;
  }

  /** Unless it is there, or was dialled, or is about to be. */
  dial(): void {
    if (this.isLinked || this.isDialling) return;
    this.stop();
    this.isDialling = true;
    this.options.dial(this);
  }

  up(link: number): void {
    this.link = link;
    this.linkedAtMs = this.options.clock.nowMs();
    this.lastError = null;
    this.loggedError = null;
    this.stop();
  }

  /** The dial's connection has ended, whether its link was up or not. */
  dialEnded(): void {
    this.isDialling = false;
  }

  /** A link that never was up has ended. */
  failed(why: string): void {
    // Where dials cross, one of the two links is given up.
    if (this.isLinked) return;
    this.lastError = why;
    this.failures += 1;
    this.redial();
  }

  /** Of another link than the last one nothing follows. */
  down(link: number, why: string): void {
    if (this.link !== link) return;
    this.link = null;
    this.lastError = why;
    const wasStable = this.options.clock.nowMs() - this.linkedAtMs >= LINK_STABLE_MS;
    this.failures = wasStable ? 0 : this.failures + 1;
    this.redial();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private redial(): void {
    if (this.isDialling || this.timer !== null) return;
    this.timer = this.options.clock.setTimer(this.delayMs(), () => {
      this.timer = null;
      this.dial();
    });
  }

  private delayMs(): number {
    if (this.failures === 0 && this.options.redialsAtOnce) return 0;
    const fullMs = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** Math.min(16, Math.max(0, this.failures - 1)));
    return fullMs / 2 + randomBelow(this.options.random, Math.floor(fullMs / 2) + 1);
  }
}
