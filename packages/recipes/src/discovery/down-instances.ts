import { checkInteger, checkOptions, type Clock, type OptionKinds } from "@coterie/interface";
import type { ServiceInstance } from "./service-instance.ts";

/** When an instance with which there were errors is left out for a while: Curator's DownInstancePolicy. */
export interface DownPolicy {
  /** So many errors within `forMs` of the first one, 1..1,000,000. Default: 2. */
  readonly errorsMax?: number;
  /** Until then, from the first of these errors on, 1..86,400,000. Default: 30,000. */
  readonly forMs?: number;
}

interface Trouble {
  readonly token: number;
  readonly sinceMs: number;
  errors: number;
}

/** With so many there are troubles at most; with one more the oldest is forgotten. */
export const TROUBLES_MAX = 10_000;

const POLICY: OptionKinds<DownPolicy> = { errorsMax: "number", forMs: "number" };

/** What this process knows of troubles with instances; nobody else hears of it. */
export class DownInstances {
  private readonly errorsMax: number;
  private readonly forMs: number;
  private readonly clock: Clock;
  /** By path, the oldest first. */
  private readonly troubles = new Map<string, Trouble>();

  /** @throws CoterieError BAD_ARGUMENTS */
  constructor(clock: Clock, policy: DownPolicy) {
    checkOptions("down", policy, POLICY);
    this.clock = clock;
    this.errorsMax = checkInteger("errorsMax", policy.errorsMax ?? 2, 1, 1_000_000);
    this.forMs = checkInteger("forMs", policy.forMs ?? 30_000, 1, 86_400_000);
  }

  note({ path, token }: ServiceInstance): void {
    this.forget();
    const known = this.troubles.get(path);
    if (known?.token === token) known.errors += 1;
    else this.begin(path, { token, sinceMs: this.clock.nowMs(), errors: 1 });
  }

  /** Is down from now on. */
  report({ path, token }: ServiceInstance): void {
    this.forget();
    this.begin(path, { token, sinceMs: this.clock.nowMs(), errors: this.errorsMax });
  }

  /** One that was registered anew begins anew. */
  isDown({ path, token }: ServiceInstance): boolean {
    const trouble = this.troubles.get(path);
    if (trouble === undefined || trouble.token !== token || this.isPast(trouble)) return false;
    return trouble.errors >= this.errorsMax;
  }

  /** Whether there is nothing to be asked for. */
  get isEmpty(): boolean {
    return this.troubles.size === 0;
  }

  private begin(path: string, trouble: Trouble): void {
    this.troubles.delete(path);
    this.troubles.set(path, trouble);
    const [oldest] = this.troubles.keys();
    if (this.troubles.size > TROUBLES_MAX && oldest !== undefined) this.troubles.delete(oldest);
  }

  /** What is past does not pile up. */
  private forget(): void {
    for (const [path, trouble] of this.troubles) {
      if (!this.isPast(trouble)) return;
      this.troubles.delete(path);
    }
  }

  private isPast({ sinceMs }: Trouble): boolean {
    return this.clock.nowMs() - sinceMs >= this.forMs;
  }
}
