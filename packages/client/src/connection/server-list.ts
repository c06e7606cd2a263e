import { type CoterieError, type Random, randomBelow } from "@coterie/interface";

export interface ServerListOptions {
  /** At least one. */
  readonly addresses: readonly string[];
  readonly random: Random;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

/** What was last wrong with a server. */
export interface ServerTrouble {
  readonly address: string;
  /** Null if it was not tried yet, or serves. */
  readonly reason: CoterieError | null;
}

const JITTER_STEPS = 2 ** 20;

/**
 * The servers in an order that each client draws for itself, so that the clients of a server that dies spread over the
 * others. The first round goes through all of them at once; between rounds there is a pause, twice as long each time up to
 * a limit, and drawn from the upper half of that, so that clients do not come back together (CL-12).
 */
export class ServerList {
  readonly size: number;
  private readonly options: ServerListOptions;
  private readonly addresses: readonly string[];
  private readonly troubles = new Map<string, CoterieError>();
  private position = 0;
  /** Since a connection last held. */
  private attempts = 0;

  constructor(options: ServerListOptions) {
    this.options = options;
    this.addresses = shuffle(options.addresses, options.random);
    this.size = this.addresses.length;
  }

  next(): string {
    const address = this.addresses[this.position % this.size]!;
    this.position += 1;
    this.attempts += 1;
    return address;
  }

  /** How long to wait before `next`. */
  pauseMs(pauseMaxMs: number): number {
    const { backoffMinMs, backoffMaxMs, random } = this.options;
    if (this.attempts === 0 || this.attempts % this.size !== 0) return 0;
    const rounds = this.attempts / this.size;
    const longestMs = Math.min(backoffMinMs * 2 ** Math.min(rounds - 1, 30), backoffMaxMs, pauseMaxMs);
    return longestMs * (0.5 + randomBelow(random, JITTER_STEPS) / JITTER_STEPS / 2);
  }

  failed(address: string, reason: CoterieError): void {
    this.troubles.set(address, reason);
  }

  serves(address: string): void {
    this.troubles.delete(address);
  }

  /**
   * A connection that served has ended. One that lasted shorter than the longest pause counts as a failed attempt: a server
   * that takes a client in and throws it out again, or two that fight for a session, shall not be asked without pause.
   */
  lost(address: string, reason: CoterieError, lastedMs: number): void {
    this.troubles.set(address, reason);
    if (lastedMs >= this.options.backoffMaxMs) this.attempts = 0;
  }

  /**
   * A server has said that it goes. Another one is asked at once; those that say so as soon as they are asked are asked without
   * pause for one round only.
   */
  left(address: string, reason: CoterieError, lastedMs: number): void {
    this.troubles.set(address, reason);
    if (lastedMs >= this.options.backoffMinMs) this.attempts = 0;
  }

  report(): ServerTrouble[] {
    return this.addresses.map((address) => ({ address, reason: this.troubles.get(address) ?? null }));
  }
}

function shuffle(addresses: readonly string[], random: Random): string[] {
  const shuffled = [...addresses];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const drawn = randomBelow(random, last + 1);
    [shuffled[last], shuffled[drawn]] = [shuffled[drawn]!, shuffled[last]!];
  }
  return shuffled;
}
