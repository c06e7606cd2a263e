import { PathSet } from "../path/path-set.ts";
import type { WatcherId } from "./watch-event.ts";

/** How long a watch lasts and what it sees, as bits: one watcher may watch a path in several ways. */
export const STANDARD = 1;
export const PERSISTENT = 2;
export const RECURSIVE = 4;
export const ANY_MODE: number = STANDARD | PERSISTENT | RECURSIVE;
export const NO_WATCHERS: readonly WatcherId[] = [];

/** What one watcher watches. */
interface Watched {
  readonly paths: Set<string>;
  sizeBytes: number;
}

/** What the text of a path takes at most. */
export function watchSizeOf(path: string): number {
  return path.length * 2;
}

/**
 * One of ZooKeeper's two tables of watches: on data and existence, or on children (client-protocol 7.2).
 * Indexed by path and by watcher; a path or watcher without watches takes no room in either.
 */
export class WatchTable {
  private readonly byPath = new Map<string, Map<WatcherId, number>>();
  private readonly byWatcher = new Map<WatcherId, Watched>();
  /** The paths of the recursive watches, once a watch: without any, nobody looks at ancestors. */
  private readonly recursive = new PathSet();

  get isEmpty(): boolean {
    return this.byPath.size === 0;
  }

  get pathCount(): number {
    return this.byPath.size;
  }

  /** Those with at least one watch. */
  watchers(): IterableIterator<WatcherId> {
    return this.byWatcher.keys();
  }

  /** Who watches each path, in any mode. Nothing changes meanwhile. */
  *entries(): IterableIterator<readonly [path: string, watchers: readonly WatcherId[]]> {
    for (const [path, watchers] of this.byPath) yield [path, [...watchers.keys()]];
  }

  /** Paths that `watcher` watches. */
  countOf(watcher: WatcherId): number {
    return this.byWatcher.get(watcher)?.paths.size ?? 0;
  }

  /** Bytes of those paths, which may be any text, a mebibyte each. */
  sizeOf(watcher: WatcherId): number {
    return this.byWatcher.get(watcher)?.sizeBytes ?? 0;
  }

  add(path: string, watcher: WatcherId, mode: number): void {
    let watchers = this.byPath.get(path);
    if (watchers === undefined) this.byPath.set(path, (watchers = new Map()));
    const modes = watchers.get(watcher) ?? 0;
    if (modes === 0) {
      const watched = this.watchedBy(watcher);
      watched.paths.add(path);
      watched.sizeBytes += watchSizeOf(path);
    }
    if ((mode & ~modes & RECURSIVE) !== 0) this.recursive.add(path);
    watchers.set(watcher, modes | mode);
  }

  /** Whether `watcher` watches exactly `path` in one of `modes`. */
  has(path: string, watcher: WatcherId, modes: number): boolean {
    return ((this.byPath.get(path)?.get(watcher) ?? 0) & modes) !== 0;
  }

  /** Takes away the watches of `modes`; returns whether there was one. */
  remove(path: string, watcher: WatcherId, modes: number): boolean {
    const watchers = this.byPath.get(path);
    const had = watchers?.get(watcher) ?? 0;
    if (watchers === undefined || (had & modes) === 0) return false;
    this.keep(path, watchers, watcher, had & ~modes);
    if ((had & modes & RECURSIVE) !== 0) this.recursive.remove(path);
    return true;
  }

  /** Takes away all watches of `watcher`. */
  drop(watcher: WatcherId): void {
    for (const path of this.byWatcher.get(watcher)?.paths ?? []) this.remove(path, watcher, ANY_MODE);
  }

  /**
   * Everyone whom something at `path` concerns, each once: those who watch it, and those who watch an ancestor
   * recursively. Standard watches on `path` are used up by it.
   */
  trigger(path: string): readonly WatcherId[] {
    const watchers = this.byPath.get(path);
    const direct = watchers === undefined ? NO_WATCHERS : this.useUp(path, watchers);
    if (this.recursive.isEmpty) return direct;
    const all = new Set(direct);
    for (const above of this.recursive.onWayTo(path).reverse()) {
      for (const [watcher, modes] of this.byPath.get(above) ?? []) {
        if ((modes & RECURSIVE) !== 0) all.add(watcher);
      }
    }
    return all.size === direct.length ? direct : [...all];
  }

  private useUp(path: string, watchers: Map<WatcherId, number>): readonly WatcherId[] {
    const told: WatcherId[] = [];
    for (const [watcher, modes] of watchers) {
      told.push(watcher);
      if ((modes & STANDARD) !== 0) this.keep(path, watchers, watcher, modes & ~STANDARD);
    }
    return told;
  }

  private keep(path: string, watchers: Map<WatcherId, number>, watcher: WatcherId, modes: number): void {
    if (modes !== 0) {
      watchers.set(watcher, modes);
      return;
    }
    watchers.delete(watcher);
    if (watchers.size === 0) this.byPath.delete(path);
    const watched = this.byWatcher.get(watcher)!;
    watched.paths.delete(path);
    watched.sizeBytes -= watchSizeOf(path);
    if (watched.paths.size === 0) this.byWatcher.delete(watcher);
  }

  private watchedBy(watcher: WatcherId): Watched {
    let watched = this.byWatcher.get(watcher);
    if (watched === undefined) this.byWatcher.set(watcher, (watched = { paths: new Set(), sizeBytes: 0 }));
    return watched;
  }
}
