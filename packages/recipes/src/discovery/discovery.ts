import { checkOptions, type OptionKinds } from "@coterie/interface";
import { checkPath, type Session } from "@coterie/session";
import { openPathCache } from "../cache/path-cache.ts";
import { checkName } from "../calls/check.ts";
import { childOf } from "../calls/paths.ts";
import { createPersistentEphemeral } from "../ephemeral/persistent-ephemeral.ts";
import { checkSchema, type StandardSchema } from "../config/standard-schema.ts";
import { childNames, readChildren } from "../calls/read-children.ts";
import { persist } from "../calls/retry.ts";
import { checkSignal, type WaitOptions, waiting } from "../calls/wait.ts";
import { type BadInstanceListener, InstanceReader } from "./bad-instances.ts";
import { KeptRegistration, recordOf, type Registration, type ServiceRequest } from "./registration.ts";
import { encodeRecord, type ServiceInstance } from "./service-instance.ts";
import { createProvider, type ProviderOptions, type ServiceProvider } from "./service-provider.ts";
import { CachedServiceView, type ServiceView } from "./service-view.ts";

export interface DiscoveryOptions<Payload = unknown> {
  /** What the payloads that are read have to be, in a schema that answers at once, without a promise. Default: anything. */
  readonly payload?: StandardSchema<unknown, Payload>;
  /**
   * Called for a znode that is no instance, or whose payload is not what it has to be, once for each state of it. What it throws
   * becomes a warning of the process. Default: a warning of the process.
   */
  readonly onBadInstance?: BadInstanceListener;
}

/**
 * Who offers which service, and where: below the path a znode a service, and below that an ephemeral one an instance. The same as
 * Curator's ServiceDiscovery has, so that both see each other's instances.
 */
export interface Discovery<Payload = unknown> {
  readonly path: string;
  /**
   * Resolves when the others can see it. One of the same name and id that another session owns, as this application's former one,
   * is waited out. Giving up leaves nothing behind.
   */
  register(request: ServiceRequest<Payload>, options?: WaitOptions): Promise<Registration<Payload>>;
  /** The names of all services that have, or had, instances. */
  services(options?: WaitOptions): Promise<readonly string[]>;
  /** All that are there now, the disabled ones among them. */
  instances(name: string, options?: WaitOptions): Promise<readonly ServiceInstance<Payload>[]>;
  /** Keeps the instances of a service in memory, until it is closed. @throws CoterieError BAD_ARGUMENTS */
  view(name: string, options?: Pick<WaitOptions, "signal">): ServiceView<Payload>;
  /** Gives one instance after another, until it is closed. @throws CoterieError BAD_ARGUMENTS */
  provider(name: string, options?: ProviderOptions<Payload>): ServiceProvider<Payload>;
}

const OPTIONS: OptionKinds<DiscoveryOptions> = { payload: "any", onBadInstance: "function" };

/** @throws CoterieError BAD_ARGUMENTS */
export function createDiscovery<Payload = unknown>(
  session: Session,
  path: string,
  options: DiscoveryOptions<Payload> = {},
): Discovery<Payload> {
  checkPath(path);
  checkOptions("discovery", options, OPTIONS);
  if (options.payload !== undefined) checkSchema("payload", options.payload);
  return new ZnodeDiscovery(session, path, options);
}

class ZnodeDiscovery<Payload> implements Discovery<Payload> {
  readonly path: string;
  private readonly session: Session;
  private readonly reader: InstanceReader<Payload>;

  constructor(session: Session, path: string, { payload, onBadInstance }: DiscoveryOptions<Payload>) {
    this.session = session;
    this.path = path;
    this.reader = new InstanceReader(payload ?? null, onBadInstance ?? null);
  }

  register(request: ServiceRequest<Payload>, options: WaitOptions = {}): Promise<Registration<Payload>> {
    const { session, path } = this;
    return waiting(session, `registering a service at ${path}`, options, async (signal) => {
      const record = recordOf(request, session.clock.wallTimeMs());
      const isSequential = record.serviceType === "DYNAMIC_SEQUENTIAL";
      const place = childOf(this.pathOf(record.name), record.id);
      const mode = isSequential ? "ephemeral-sequential" : "ephemeral";
      const kept = createPersistentEphemeral(session, place, { data: encodeRecord(record), mode });
      try {
        await kept.ready({ signal });
        return new KeptRegistration(session, record, kept);
      } catch (error) {
        // Nobody waits for that: it goes on until the znode is gone, or its session.
        kept.release().catch(() => undefined);
        throw error;
      }
    });
  }

  services(options: WaitOptions = {}): Promise<readonly string[]> {
    const { session, path } = this;
    return waiting(session, `looking at ${path}`, options, async (signal) => {
      const names = await persist(session, () => childNames(session, path, { signal }), signal);
      return names.toSorted();
    });
  }

  instances(name: string, options: WaitOptions = {}): Promise<readonly ServiceInstance<Payload>[]> {
    return waiting(this.session, `looking at ${this.path}`, options, async (signal) => {
      const children = await readChildren(this.session, this.pathOf(name), signal);
      return children.flatMap(({ path, znode }) => this.reader.instanceOf(path, znode) ?? []);
    });
  }

  view(name: string, options: Pick<WaitOptions, "signal"> = {}): ServiceView<Payload> {
    checkSignal("a view", options);
    return new CachedServiceView(name, openPathCache(this.session, this.pathOf(name), options), this.reader);
  }

  provider(name: string, options: ProviderOptions<Payload> = {}): ServiceProvider<Payload> {
    return createProvider(this.session.clock, options, () => {
      const { signal } = options;
      return this.view(name, signal === undefined ? {} : { signal });
    });
  }

  /** @throws CoterieError BAD_ARGUMENTS */
  private pathOf(name: string): string {
    return childOf(this.path, checkName("name", name));
  }
}
