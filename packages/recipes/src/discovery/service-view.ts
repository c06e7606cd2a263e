import type { CacheEvent } from "../cache/cache-event.ts";
import type { ChildrenCache, PathCache } from "../cache/path-cache.ts";
import { childOf } from "../calls/paths.ts";
import { mapped } from "../changes/mapped.ts";
import type { ChangesOptions } from "../changes/readers.ts";
import type { InstanceReader } from "./bad-instances.ts";
import type { ServiceInstance } from "./service-instance.ts";

/** An instance that becomes unreadable is removed, one that becomes readable is added. */
export type ServiceChange<Payload = unknown> =
  | { readonly kind: "added" | "removed"; readonly instance: ServiceInstance<Payload> }
  | {
      readonly kind: "changed";
      readonly instance: ServiceInstance<Payload>;
      readonly previous: ServiceInstance<Payload>;
    }
  /** All that were there at the start have been told. */
  | { readonly kind: "initialised" }
  /** What has come before does not matter any more: these are the instances now. */
  | { readonly kind: "reset"; readonly instances: readonly ServiceInstance<Payload>[] };

/** The instances of a service in memory, as new as this session has heard. It ends with the session. */
export interface ServiceView<Payload = unknown> extends AsyncDisposable {
  readonly name: string;
  /** Resolves when all are known that were there at the start. Rejects with the reason of `signal` if that comes first. */
  readonly ready: Promise<void>;
  /** Aborted when it ends: it was closed, or its session is lost (see `Cache`). What it held last can still be read. */
  readonly signal: AbortSignal;
  /** From memory, the disabled ones among them: another array after each change. */
  readonly instances: readonly ServiceInstance<Payload>[];
  /** The changes from this call on, for one reader; there may be many. Ends as a cache's do. @throws CoterieError BAD_ARGUMENTS */
  changes(options?: ChangesOptions): AsyncIterableIterator<ServiceChange<Payload>, undefined>;
  /** Stops watching. Never rejects. */
  close(): Promise<void>;
}

export class CachedServiceView<Payload> implements ServiceView<Payload> {
  readonly name: string;
  private readonly cache: ChildrenCache;
  private readonly reader: InstanceReader<Payload>;
  /** As of this revision of the cache. */
  private known: { readonly revision: number; readonly instances: readonly ServiceInstance<Payload>[] } | null = null;

  constructor(name: string, cache: ChildrenCache, reader: InstanceReader<Payload>) {
    this.name = name;
    this.cache = cache;
    this.reader = reader;
  }

  get ready(): Promise<void> {
    return this.cache.ready;
  }

  get signal(): AbortSignal {
    return this.cache.signal;
  }

  get instances(): readonly ServiceInstance<Payload>[] {
    const { entries, revision } = this.cache;
    if (this.known?.revision !== revision) {
      // The same for all who ask, until something changes.
      this.known = { revision, instances: Object.freeze(this.instancesIn(entries)) };
    }
    return this.known.instances;
  }

  changes(options: ChangesOptions = {}): AsyncIterableIterator<ServiceChange<Payload>, undefined> {
    return mapped(this.cache.changes(options), (event) => this.changeOf(event));
  }

  close(): Promise<void> {
    return this.cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private instancesIn(entries: PathCache["entries"]): ServiceInstance<Payload>[] {
    const instances: ServiceInstance<Payload>[] = [];
    for (const [name, znode] of entries) {
      const instance = this.reader.instanceOf(childOf(this.cache.path, name), znode);
      if (instance !== null) instances.push(instance);
    }
    return instances;
  }

  private changeOf(event: CacheEvent): ServiceChange<Payload> | null {
    if (event.kind === "initialised") return event;
    if (event.kind === "reset") return { kind: "reset", instances: this.instancesIn(event.entries) };
    if (event.kind === "denied") return null;
    const instance = event.kind === "removed" ? null : this.reader.instanceOf(event.path, event.znode);
    const previous = event.kind === "added" ? null : this.reader.instanceOf(event.path, event.previous);
    if (instance === null) return previous === null ? null : { kind: "removed", instance: previous };
    return previous === null ? { kind: "added", instance } : { kind: "changed", instance, previous };
  }
}
