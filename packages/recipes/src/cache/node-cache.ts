import type { Session, Znode } from "@coterie/session";
import { type Cache, CACHE, type CacheOptions, MirrorCache, openMirror } from "./cache.ts";

/** One znode. */
export interface NodeCache extends Cache {
  /** Null if it is not there, or not read yet: `isInitialised` tells which. Changes as the tree does. */
  readonly value: Znode | null;
}

/**
 * Begins at once. The znode need not exist, and may come and go.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createNodeCache(session: Session, path: string, options: CacheOptions = {}): NodeCache {
  const region = { root: path, depthMin: 0, depthMax: 0, keys: "path" } as const;
  return new ZnodeCache(path, openMirror(session, "createNodeCache", region, options, CACHE));
}

class ZnodeCache extends MirrorCache implements NodeCache {
  get value(): Znode | null {
    return this.mirror.contents.get(this.path) ?? null;
  }
}
