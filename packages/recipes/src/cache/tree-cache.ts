import { checkInteger, checkOptions, type OptionKinds } from "@coterie/interface";
import type { Session, Znode } from "@coterie/session";
import { type Cache, CACHE, type CacheOptions, MirrorCache, openMirror } from "./cache.ts";
import { type CacheLimits, LIMITS } from "./limits.ts";

export interface TreeCacheOptions extends CacheOptions, CacheLimits {
  /** How many levels below the path are kept, 0..1,000: 0 is the path itself alone. Default: all. */
  readonly depthMax?: number;
}

/** A znode and everything below it. */
export interface TreeCache extends Cache {
  /** By its path. Null if there is none. */
  get(path: string): Znode | null;
  /** Names, not paths, in no order; none if there is no such znode. */
  children(path: string): string[];
}

const OPTIONS: OptionKinds<TreeCacheOptions> = { ...CACHE, ...LIMITS, depthMax: "number" };

/**
 * Begins at once. The path need not exist, and may come and go. What is told of a child may come before what is told of its parent.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createTreeCache(session: Session, path: string, options: TreeCacheOptions = {}): TreeCache {
  checkOptions("createTreeCache", options, OPTIONS);
  const { depthMax, ...rest } = options;
  const levels = depthMax === undefined ? Infinity : checkInteger("depthMax", depthMax, 0, 1_000);
  const region = { root: path, depthMin: 0, depthMax: levels, keys: "path" } as const;
  return new ZnodesCache(path, openMirror(session, "createTreeCache", region, rest, OPTIONS));
}

class ZnodesCache extends MirrorCache implements TreeCache {
  get(path: string): Znode | null {
    return this.entries.get(path) ?? null;
  }

  children(path: string): string[] {
    return this.mirror.contents.children?.of(path) ?? [];
  }
}
