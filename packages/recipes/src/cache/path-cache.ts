import type { Session, Znode } from "@coterie/session";
import { type Cache, type CacheOptions, MirrorCache, openMirror } from "./cache.ts";
import type { CacheLimits } from "./limits.ts";

export interface PathCacheOptions extends CacheOptions, CacheLimits {}

/** The children of a path with their data, but neither the path itself nor what is below its children. */
export interface PathCache extends Cache {
  /** Null if there is no such child. */
  get(name: string): Znode | null;
}

/**
 * Begins at once. The path need not exist, and may come and go.
 *
 * One recursive watch tells which child has changed, so that no list is read anew for one child; for that it tells also of what is
 * below the children, which is left out here. Where there is much of that, and it changes often, cache what is above it.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createPathCache(session: Session, path: string, options: PathCacheOptions = {}): PathCache {
  return openPathCache(session, path, options);
}

/** For what is made of a cache: as `createPathCache`. */
export function openPathCache(session: Session, path: string, options: PathCacheOptions): ChildrenCache {
  const region = { root: path, depthMin: 1, depthMax: 1, keys: "name" } as const;
  return new ChildrenCache(path, openMirror(session, "createPathCache", region, options));
}

export class ChildrenCache extends MirrorCache implements PathCache {
  /** Another one after each change of `entries`. */
  get revision(): number {
    return this.mirror.contents.revision;
  }

  get(name: string): Znode | null {
    return this.entries.get(name) ?? null;
  }
}
