import { checkOptions, type OptionKinds } from "@coterie/interface";
import { checkPath, type Session, type Znode } from "@coterie/session";
import { checkSignal } from "../calls/wait.ts";
import type { CacheEvent } from "./cache-event.ts";
import { type CacheLimits, LIMITS, limitsOf } from "./limits.ts";
import { Mirror } from "./mirror.ts";
import type { ChangesOptions } from "../changes/readers.ts";
import type { Region } from "./region.ts";

export interface CacheOptions {
  /** An abort ends the cache; the reason is then ABORTED, whose `cause` is the signal's. */
  readonly signal?: AbortSignal;
}

/**
 * What a part of the tree holds, in memory, as new as this session has heard. It lives on one session: while that is suspended
 * the cache stands still, and then catches up; with it, it ends. What it held last can still be read then.
 *
 * Its znodes are shared by all who read it: do not change their data. Their `stat` is of when the data was last seen to change:
 * what a change of children or of the ACL changes (`pzxid`, `cversion`, `childCount`, `aversion`) is not followed.
 */
export interface Cache extends AsyncDisposable {
  readonly path: string;
  /** What it holds now: by name in a path cache, otherwise by path. Changes as the tree does. */
  readonly entries: ReadonlyMap<string, Znode>;
  /** Resolves when everything is in it that was there at the start. Rejects with the reason of `signal` if that comes first. */
  readonly ready: Promise<void>;
  readonly isInitialised: boolean;
  /**
   * Aborted when it ends, which nothing mends: it was closed or given up (ABORTED), its session is lost or closed (its reason, or
   * SESSION_EXPIRED), it would have held more than it may (QUOTA_EXCEEDED), the path itself may not be read (NO_AUTH), or the
   * server knows no such watches (UNIMPLEMENTED). The reason is a CoterieError.
   */
  readonly signal: AbortSignal;
  /**
   * The changes from this call on, for one reader; there may be many. Ends with `close`; throws the reason of `signal` where that
   * is another one, behind what had come before. Leave the loop, or abort the signal, when it is read no more.
   * @throws CoterieError BAD_ARGUMENTS
   */
  changes(options?: ChangesOptions): AsyncIterableIterator<CacheEvent, undefined>;
  /** Stops watching. Resolves at once; never rejects. */
  close(): Promise<void>;
}

export const CACHE: OptionKinds<CacheOptions> = { signal: "any" };

/** @throws CoterieError BAD_ARGUMENTS */
export function openMirror(
  session: Session,
  whose: string,
  region: Region,
  options: CacheOptions & CacheLimits,
  kinds: Readonly<Partial<OptionKinds<CacheOptions & CacheLimits>>> = { ...CACHE, ...LIMITS },
): Mirror {
  checkPath(region.root);
  checkOptions(whose, options, kinds);
  checkSignal(whose, options.signal === undefined ? {} : { signal: options.signal });
  return new Mirror(session, region, limitsOf(options), options.signal);
}

/** What all caches have in common. */
export abstract class MirrorCache implements Cache {
  readonly path: string;
  protected readonly mirror: Mirror;

  constructor(path: string, mirror: Mirror) {
    this.path = path;
    this.mirror = mirror;
  }

  get ready(): Promise<void> {
    return this.mirror.ready;
  }

  get isInitialised(): boolean {
    return this.mirror.isInitialised;
  }

  get signal(): AbortSignal {
    return this.mirror.signal;
  }

  get entries(): ReadonlyMap<string, Znode> {
    return this.mirror.contents.entries;
  }

  changes(options: ChangesOptions = {}): AsyncIterableIterator<CacheEvent, undefined> {
    return this.mirror.changes(options);
  }

  close(): Promise<void> {
    return this.mirror.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
