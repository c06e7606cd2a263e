import { mapped } from "../changes/mapped.ts";
import type { ChangesOptions } from "../changes/readers.ts";
import type { CacheEvent } from "../cache/cache-event.ts";
import type { PathCache } from "../cache/path-cache.ts";
import { childOf } from "../calls/paths.ts";
import { type Member, memberOf } from "./member.ts";

export type GroupChange =
  | { readonly kind: "joined" | "left"; readonly member: Member }
  /** Its data was set anew. One that has left and joined again, be it unseen, is told as that. */
  | { readonly kind: "changed"; readonly member: Member; readonly previous: Member }
  /** All who were there at the start have been told. */
  | { readonly kind: "initialised" }
  /** What has come before does not matter any more: these are the members now. */
  | { readonly kind: "reset"; readonly members: readonly Member[] };

/** The members of a group in memory, as new as this session has heard. It ends with the session. */
export interface GroupView extends AsyncDisposable {
  readonly path: string;
  /** Resolves when all are known that were there at the start. Rejects with the reason of `signal` if that comes first. */
  readonly ready: Promise<void>;
  /** Aborted when it ends: it was closed, or its session is lost (see `Cache`). What it held last can still be read. */
  readonly signal: AbortSignal;
  /** From memory. */
  readonly members: readonly Member[];
  /** Null if there is none of that id. */
  get(id: string): Member | null;
  /** The changes from this call on, for one reader; there may be many. Ends as a cache's do. @throws CoterieError BAD_ARGUMENTS */
  changes(options?: ChangesOptions): AsyncIterableIterator<GroupChange, undefined>;
  /** Stops watching. Never rejects. */
  close(): Promise<void>;
}

export class CachedGroupView implements GroupView {
  readonly path: string;
  private readonly cache: PathCache;

  constructor(cache: PathCache) {
    this.path = cache.path;
    this.cache = cache;
  }

  get ready(): Promise<void> {
    return this.cache.ready;
  }

  get signal(): AbortSignal {
    return this.cache.signal;
  }

  get members(): readonly Member[] {
    return [...this.cache.entries].map(([id, znode]) => memberOf(childOf(this.path, id), znode));
  }

  get(id: string): Member | null {
    const znode = this.cache.get(id);
    return znode === null ? null : memberOf(childOf(this.path, id), znode);
  }

  changes(options: ChangesOptions = {}): AsyncIterableIterator<GroupChange, undefined> {
    return mapped(this.cache.changes(options), (event) => this.changeOf(event));
  }

  close(): Promise<void> {
    return this.cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private changeOf(event: CacheEvent): GroupChange | null {
    switch (event.kind) {
      case "added":
        return { kind: "joined", member: memberOf(event.path, event.znode) };
      case "removed":
        return { kind: "left", member: memberOf(event.path, event.previous) };
      case "changed":
        return {
          kind: "changed",
          member: memberOf(event.path, event.znode),
          previous: memberOf(event.path, event.previous),
        };
      case "initialised":
        return event;
      case "reset":
        return {
          kind: "reset",
          members: [...event.entries].map(([id, znode]) => memberOf(childOf(this.path, id), znode)),
        };
      case "denied":
        return null;
    }
  }
}
