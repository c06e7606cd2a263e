import { checkOptions, type Clock, CoterieError, type OptionKinds, shownOf } from "@coterie/interface";
import { DownInstances, type DownPolicy } from "./down-instances.ts";
import type { ServiceInstance } from "./service-instance.ts";
import type { ServiceView } from "./service-view.ts";
import { STRATEGIES, type Strategy, type StrategyName } from "./strategy.ts";

export interface ProviderOptions<Payload = unknown> {
  /** Default: "round-robin". */
  readonly strategy?: StrategyName;
  /** When an instance is left out for a while. */
  readonly down?: DownPolicy;
  /** False leaves an instance out. Asked often, and expected to answer fast; what it throws, `instance` throws. */
  readonly filter?: (instance: ServiceInstance<Payload>) => boolean;
  /** An abort ends the provider. */
  readonly signal?: AbortSignal;
}

/** Gives instances of a service to work with, from memory. It ends with the session. */
export interface ServiceProvider<Payload = unknown> extends AsyncDisposable {
  readonly name: string;
  /** Resolves when all are known that were there at the start; before that `instance` gives what is known. */
  readonly ready: Promise<void>;
  /**
   * Aborted when it ends: it was closed, or its session is lost. Once it was closed, what was known last is given on; where it has
   * ended otherwise, `instance` and `instances` throw the reason, since what is known would get older for ever.
   */
  readonly signal: AbortSignal;
  /** One that is enabled, not down, and that the filter lets through; null if there is none. Ask anew for each use. */
  instance(): ServiceInstance<Payload> | null;
  /** All from which `instance` chooses. */
  instances(): readonly ServiceInstance<Payload>[];
  /** Something has gone wrong with it: with `down.errorsMax` of that it is down for a while, for this provider. */
  noteError(instance: ServiceInstance<Payload>): void;
  /** It does not answer at all: it is down at once, and for `down.forMs` from now on. */
  reportDown(instance: ServiceInstance<Payload>): void;
  /** Never rejects. */
  close(): Promise<void>;
}

const OPTIONS: OptionKinds<ProviderOptions> = {
  strategy: "string",
  down: "object",
  filter: "function",
  signal: "any",
};

/** @throws CoterieError BAD_ARGUMENTS, with nothing opened */
export function createProvider<Payload>(
  clock: Clock,
  options: ProviderOptions<Payload>,
  openView: () => ServiceView<Payload>,
): ServiceProvider<Payload> {
  checkOptions("a provider", options, OPTIONS);
  const { strategy = "round-robin", down = {}, filter = null } = options;
  if (!Object.hasOwn(STRATEGIES, strategy)) {
    const names = Object.keys(STRATEGIES).join(", ");
    throw new CoterieError("BAD_ARGUMENTS", `strategy is ${shownOf(strategy)}, and has to be one of ${names}`);
  }
  const downInstances = new DownInstances(clock, down);
  return new ViewProvider(openView(), STRATEGIES[strategy](), downInstances, filter);
}

interface EnabledOf<Payload> {
  readonly instances: readonly ServiceInstance<Payload>[];
  readonly enabled: readonly ServiceInstance<Payload>[];
}

class ViewProvider<Payload> implements ServiceProvider<Payload> {
  private readonly view: ServiceView<Payload>;
  private readonly strategy: Strategy;
  private readonly down: DownInstances;
  private readonly filter: ((instance: ServiceInstance<Payload>) => boolean) | null;
  private isClosed = false;
  /** Of the view's instances, when they were these. */
  private enabled: EnabledOf<Payload> = { instances: [], enabled: [] };

  constructor(
    view: ServiceView<Payload>,
    strategy: Strategy,
    down: DownInstances,
    filter: ((instance: ServiceInstance<Payload>) => boolean) | null,
  ) {
    this.view = view;
    this.strategy = strategy;
    this.down = down;
    this.filter = filter;
  }

  get name(): string {
    return this.view.name;
  }

  get ready(): Promise<void> {
    return this.view.ready;
  }

  get signal(): AbortSignal {
    return this.view.signal;
  }

  instance(): ServiceInstance<Payload> | null {
    const instances = this.instances();
    return instances.length === 0 ? null : this.strategy(instances);
  }

  instances(): readonly ServiceInstance<Payload>[] {
    const { down, filter } = this;
    if (!this.isClosed) this.signal.throwIfAborted();
    const { instances } = this.view;
    if (this.enabled.instances !== instances) {
      this.enabled = { instances, enabled: Object.freeze(instances.filter((each) => each.enabled)) };
    }
    const { enabled } = this.enabled;
    // Mostly there is nothing to be left out: then a choice takes no time, however many there are.
    if (down.isEmpty && filter === null) return enabled;
    return enabled.filter((each) => !down.isDown(each) && (filter === null || filter(each)));
  }

  noteError(instance: ServiceInstance<Payload>): void {
    this.down.note(instance);
  }

  reportDown(instance: ServiceInstance<Payload>): void {
    this.down.report(instance);
  }

  close(): Promise<void> {
    if (!this.signal.aborted) this.isClosed = true;
    return this.view.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
